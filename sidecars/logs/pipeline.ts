import { statSync } from 'node:fs';
import { Exit, exitCode } from '#shared/exit.ts';
import type { Life } from '#shared/run.ts';
import type { program } from './config.ts';
import { Discovery } from './discover/discovery.ts';
import { aFolder } from './discover/scan.ts';
import type { Followed } from './follow/followed.ts';
import { tooManyPinned } from './follow/pinned.ts';
import { Pump } from './follow/pump.ts';
import { FileTable } from './follow/table.ts';
import { counters, observe, statusOf } from './observe.ts';
import { State } from './remember/state.ts';
import { Shipper } from './ship/shipper.ts';
import { openSink, ownFolder } from './sinks/open.ts';

/** The life of the logs sidecar. */
export type LogsLife = Life<(typeof program)['options']>;

/** Waits between attempts to send a batch, in milliseconds. */
const backoff = { base: 200, cap: 10_000 };
/** How much of the grace may go into shipping what is left, to a sink that is well and to one that is not; the rest is for the positions. */
const drainShare = { well: 0.75, unwell: 0.5 };

/**
 * discover → follow → split → batch → ship → acknowledge → remember, until all is shipped (`--once`) or the sidecar is told to stop.
 * @throws Exit where the settings cannot be served, a file may not be read by a job, or lines were lost.
 */
export async function ship(life: LogsLife): Promise<void> {
  const { settings, log, health, metrics } = life;
  refuseFolders(settings.paths);
  const filesPart = health.part('files');
  const sinkPart = health.part('sink');
  const sink = await openSink(settings);
  const state = State.open(settings.state, life.origins.state?.from !== 'default', health.part('state'), log, () => table.memory);
  const count = counters(metrics);
  /** Aborted when no more files are followed. */
  const ended = new AbortController();

  const table = new FileTable(state.memory, { ...settings, log, changed: () => state.touch() });
  const shipper = new Shipper(
    sink,
    { ...settings, backoff, part: sinkPart, log },
    {
      acknowledged: (batch, milliseconds) => {
        count.lines.add(batch.records);
        count.bytes.add(batch.bytesRead);
        count.batches.add();
        count.seconds.observe(milliseconds / 1000);
        state.touch();
      },
      retried: () => count.retries.add(),
      gaveUp: () => ended.abort(),
    },
  );
  const pump = new Pump(table, shipper, {
    ...settings,
    format: sink.format,
    log,
    repaired: (sequences) => count.repaired.add(sequences),
  });
  const discovery = new Discovery(
    { ...settings, avoid: [settings.state, ownFolder(settings) ?? settings.state], part: health.part('watch') },
    {
      scanned: (scan) => {
        table.update(scan);
        for (const file of tooManyPinned(table, settings.maxPinned ?? Number.POSITIVE_INFINITY)) {
          log.error({ file: file.label, bytes: file.unread }, 'given up: deleted files hold more than LOGS_MAX_PINNED');
          count.dropped.add(file.unread);
          table.drop(file);
        }
        const problems = [...scan.problems, ...table.problems];
        if (problems.length === 0) filesPart.ok();
        else filesPart.degraded(`${problems[0]}${problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''}`);
        pump.offerAll();
      },
      touched: (path) => {
        for (const file of table.at(path)) {
          file.look();
          pump.offer(file);
        }
      },
    },
  );
  observe(metrics, table, shipper);
  life.onStatus(() => statusOf(sink.name, table, shipper));
  sinkPart.ok();

  let limit: NodeJS.Timeout | undefined;
  const stop = () => {
    ended.abort();
    shipper.stopRetrying();
    const share = sinkPart.state === 'ok' ? drainShare.well : drainShare.unwell;
    limit = setTimeout(() => shipper.abort(), settings.grace * share);
  };
  // the signal may have come while the sink was opened: an event that is over is not told again
  if (life.stopping.aborted) stop();
  else life.stopping.addEventListener('abort', stop);
  await discovery.look();
  if (settings.once) await pump.drain(true, ended.signal);
  else await untilStopped();
  await shipper.settle();
  clearTimeout(limit);
  const saved = await state.flush();
  state.close();
  await sink.close();
  report();

  /** Follows until the signal; then reads what is there by now, as long as the sink takes it and the grace lasts. */
  async function untilStopped(): Promise<void> {
    const looking = discovery.run(ended.signal);
    await pump.run(ended.signal);
    await looking;
    await discovery.look();
    await pump.drain(false);
  }

  function report(): void {
    if (shipper.failure) throw new Exit(exitCode.failed, shipper.failure.message);
    const lagOf = (files: Followed[]) => files.reduce((sum, { lag }) => sum + lag, 0);
    const lost = lagOf([...table].filter(({ standing }) => standing === 'deleted'));
    if (lost > 0) throw new Exit(exitCode.failed, `${lost} bytes of deleted files could not be shipped and are lost`);
    const left = lagOf([...table]);
    const again = saved ? '' : '; positions could not be saved, so it ships lines again';
    if (left > 0 && settings.once && life.stopping.aborted) {
      throw new Exit(exitCode.failed, `stopped with ${left} bytes left in the files: run it again to ship them${again}`);
    }
    if (left > 0) log[saved ? 'info' : 'warn']({ bytes: left }, `left in the files for the next start${again}`);
    const unread = table.problems[0];
    if (settings.once && unread !== undefined) throw new Exit(exitCode.permission, unread);
  }
}

/** @throws Exit where a path is a folder's. */
function refuseFolders(paths: readonly string[]): void {
  for (const path of paths) if (isFolder(path)) throw new Exit(exitCode.settings, `LOGS_PATHS: ${aFolder(path)}`);
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    // not there yet, or not to be reached: the scans tell
    return false;
  }
}
