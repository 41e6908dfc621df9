import { devNull } from 'node:os';
import { Exit, exitCode } from '#shared/exit.ts';
import { Health } from '#shared/health.ts';
import { Discovery } from '../discover/discovery.ts';
import type { Scan } from '../discover/scan.ts';
import type { Followed } from '../follow/followed.ts';
import { Pump, type PumpOptions } from '../follow/pump.ts';
import { FileTable } from '../follow/table.ts';
import type { LogsLife } from '../logs.ts';
import type { Recorder } from '../record/recorder.ts';
import { DeadLetters } from '../ship/dead-letter.ts';
import { Shipper } from '../ship/shipper.ts';
import type { Sink } from '../sinks/sink.ts';

/** What somebody looks at, and how. */
export interface View {
  /** Globs. */
  readonly files: readonly string[];
  /** Where files that are there at first are begun; those that come later are read whole. */
  readonly start: 'beginning' | 'end';
  /** Read what is there, and no more. */
  readonly once: boolean;
  readonly recorder: (file: Followed) => Recorder;
  /** Where records are shown. */
  readonly sink: Sink;
  readonly passed?: PumpOptions['passed'];
  /** Called with the files that are there at first, before they are read. */
  readonly met?: (files: Iterable<Followed>) => Promise<void>;
}

/** Bytes of records that are shown in one go, and for how long they are gathered, in milliseconds: nobody sees the difference. */
const batch = { batchBytes: 2 ** 16, flush: 10, backoff: { base: 10, cap: 1000 } };

/** How long what was read may take to be shown after the end was asked for, in milliseconds: a reader may have stopped reading. */
const patience = 1000;

/**
 * Follows files for somebody who looks on, through rotations, as the sidecar does that ships them; but nothing is remembered, and whatever a sidecar
 * remembers is not touched.
 * @throws Exit where no file matches, and none is to be waited for.
 */
export async function lookOn(
  { settings, log }: Pick<LogsLife, 'settings' | 'log'>,
  view: View,
  until: AbortSignal,
): Promise<void> {
  const health = new Health();
  health.onChange(({ reason }) => reason !== '' && log.warn(reason));
  const table = new FileTable(
    { scannedAt: 0, positions: [] },
    { ...settings, start: view.start, once: view.once, log, changed: () => {} },
  );
  const shipper = new Shipper(
    view.sink,
    { ...batch, deadLetters: new DeadLetters(devNull), part: health.part('screen'), log },
    { acknowledged: () => {}, retried: () => {}, gaveUp: () => {} },
  );
  const pump = new Pump(table, shipper, {
    ...settings,
    recorder: view.recorder,
    passed: view.passed,
    log,
    changed: () => {},
    skipped: () => {},
  });
  const told = new Set<string>();
  let last: Scan | undefined;
  const discovery = new Discovery(
    { ...settings, paths: view.files, avoid: [], part: health.part('watch') },
    {
      scanned: (scan) => {
        table.update(scan);
        const problems = [...scan.problems, ...table.problems].filter((problem) => !told.has(problem));
        for (const problem of problems) told.add(problem);
        const [problem, ...others] = problems;
        if (problem !== undefined) log.warn(others.length > 0 ? `${problem} (and ${others.length} more)` : problem);
        if (last !== undefined) pump.offerAll();
        last = scan;
      },
      touched: (path) => {
        for (const file of table.at(path)) {
          file.look();
          pump.offer(file);
        }
      },
    },
  );

  let limit: NodeJS.Timeout | undefined;
  until.addEventListener('abort', () => {
    limit = setTimeout(() => shipper.abort(), patience);
  });
  await discovery.look();
  if (last?.sightings.length === 0) {
    if (view.once) throw new Exit(exitCode.failed, `no file matches ${view.files.join(' ')}`);
    if (told.size === 0) log.warn(`no file matches ${view.files.join(' ')} yet: waiting for one`);
  }
  await view.met?.(table);
  if (view.once) await pump.drain(true, until);
  else {
    pump.offerAll();
    const looking = discovery.run(until);
    await pump.run(until);
    await looking;
  }
  await shipper.settle();
  clearTimeout(limit);
}
