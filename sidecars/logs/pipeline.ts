import { statSync } from 'node:fs';
import { join } from 'node:path';
import { Exit, exitCode } from '#shared/exit.ts';
import { destinationsOf } from './destinations/destination.ts';
import { Discovery } from './discover/discovery.ts';
import { aFolder } from './discover/scan.ts';
import { Lanes, partName } from './lanes.ts';
import type { LogsLife } from './logs.ts';
import { counters, observe, statusOf } from './observe.ts';
import { State } from './remember/state.ts';
import { report } from './report.ts';
import { DeadLetters } from './ship/dead-letter.ts';
import { ownFolder } from './sinks/open.ts';
import { Slack } from './slack.ts';

/**
 * One discovery, and a lane to each destination, until all is shipped (`--once`) or the sidecar is told to stop.
 *
 *     discover ─┬→ lane: follow → split → batch → ship → acknowledge ─┬→ remember
 *               └→ lane: …                                           ─┘
 *
 * @throws Exit where the settings cannot be served, a file may not be read by a job, or lines were lost.
 */
export async function ship(life: LogsLife): Promise<void> {
  const { settings, log, health, metrics } = life;
  refuseFolders(settings.paths);
  const destinations = destinationsOf(settings);
  const names = destinations.map(({ name }) => name);
  const filesPart = health.part('files');
  for (const name of names) health.part(partName(name, names.length));
  /** Aborted when no more files are followed. */
  const ended = new AbortController();

  const place = { folder: settings.state, make: life.origins.state?.from !== 'default' };
  const state = State.open(place, health.part('state'), log, names, () => [...lanes].map(({ account }) => account));
  const deadLetters = new DeadLetters(settings.deadLetter ?? join(settings.state, 'dead-letter.ndjson'));
  // a way that is gone for good ends the sidecar, which may find it again when it is started anew; a job ships what it can
  const gaveUp = () => settings.once || stop();
  let slack: Slack | undefined;
  const lanes = await Lanes.open(destinations, {
    settings,
    health,
    log,
    counters: counters(metrics),
    deadLetters,
    state,
    worked: (bytes) => slack?.worked(bytes),
    gaveUp,
    passed: settings.analyse ? (await import('./analysis/analyse.ts')).analyse(life) : undefined,
  });
  const discovery = new Discovery(
    {
      ...settings,
      avoid: [settings.state, deadLetters.path, ...destinations.flatMap((destination) => ownFolder(destination) ?? [])],
      part: health.part('watch'),
    },
    {
      scanned: (scan) => {
        lanes.scanned(scan);
        const [problem, ...others] = [...scan.problems, ...lanes.problems];
        if (problem === undefined) filesPart.ok();
        else filesPart.degraded(`${problem}${others.length > 0 ? ` (and ${others.length} more)` : ''}`);
      },
      touched: (path) => lanes.touched(path),
    },
  );
  observe(metrics, lanes);
  life.onStatus(() => statusOf(lanes));

  // the signal may have come while a sink was opened: an event that is over is not told again
  if (life.stopping.aborted) stop();
  else life.stopping.addEventListener('abort', stop);
  await discovery.look();
  // before a line is shipped: where a kill came in between, the next start would take what a rotation put aside for older than the sidecar
  await state.flush();
  if (settings.once) await shipAll();
  else {
    slack = new Slack();
    await untilStopped();
    slack.close();
  }
  lanes.finish();
  const saved = await state.flush();
  state.close();
  report(lanes, { job: settings.once, stopped: life.stopping.aborted, saved, log });

  /** Ships all that is there: where that is more files than may be open, some at a time. */
  async function shipAll(): Promise<void> {
    for (let waiting = Number.POSITIVE_INFINITY; ; ) {
      await lanes.all((lane) => lane.drain(ended.signal));
      if (lanes.crowded === 0 || lanes.crowded >= waiting || ended.signal.aborted) return;
      waiting = lanes.crowded;
      for (const { table } of lanes) table.letGo();
      await discovery.look();
    }
  }

  /** Follows until the signal. The last look is for what came since the one before. */
  async function untilStopped(): Promise<void> {
    const last = discovery.run(ended.signal).then(() => discovery.look());
    await Promise.all([last, lanes.all((lane) => lane.follow(ended.signal, last))]);
  }

  function stop(): void {
    if (ended.signal.aborted) return;
    ended.abort();
    for (const lane of lanes) lane.stop(settings.grace);
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
