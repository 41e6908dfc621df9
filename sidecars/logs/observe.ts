import type { Metrics } from '#shared/metrics.ts';
import type { Followed } from './follow/followed.ts';
import { pinnedBytes } from './follow/pinned.ts';
import type { Lanes } from './lanes.ts';

/** How many files have a lag of their own in the metrics; the others are summed up as `other`. */
const filesNamed = 20;

/** The numbers that lanes add to. */
export type Counters = ReturnType<typeof counters>;

/** Declares the numbers that lanes add to, each for its destination. */
export function counters(metrics: Metrics) {
  const names = ['destination'];
  const counted = {
    lines: metrics.counter('lines_total', 'Records that the destination acknowledged.', names),
    bytes: metrics.counter('bytes_total', 'Bytes of log files that the destination acknowledged.', names),
    batches: metrics.counter('batches_total', 'Batches that the destination acknowledged.', names),
    retries: metrics.counter('retries_total', 'Batches that did not arrive and were sent again.', names),
    rejected: metrics.counter(
      'rejected_total',
      'Records that the destination refused for good: they are among the dead letters.',
      names,
    ),
    repaired: metrics.counter('repaired_total', 'Ill-formed UTF-8 sequences that became U+FFFD.', names),
    filtered: metrics.counter('filtered_total', 'Records that were left out by a filter.', names),
    dropped: metrics.counter(
      'dropped_bytes_total',
      'Unshipped bytes of deleted files that were given up, because LOGS_MAX_PINNED says so.',
      names,
    ),
  };
  const finished = metrics.counter(
    'after_ship_files_total',
    'Rotated files that were truncated or deleted when every destination had them, because LOGS_AFTER_SHIP says so.',
  );
  const finishedBytes = metrics.counter('after_ship_bytes_total', 'Bytes of those files.');
  const seconds = metrics.histogram(
    'send_seconds',
    'Time from sending a batch to its acknowledgement, retries included.',
    [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60, 600],
    names,
  );
  /** Shows them as 0 from the start: a series that comes into being with its first event hides that event from `rate`. */
  const begin = (labels: { readonly destination: string }) => {
    for (const counter of Object.values(counted)) counter.add(0, labels);
  };
  return { ...counted, finished, finishedBytes, seconds, begin };
}

/** Fills the gauges at each collection. */
export function observe(metrics: Metrics, lanes: Lanes): void {
  const files = metrics.gauge('files', 'Files that are followed, by whether they have their name, were rotated, or deleted.', [
    'standing',
  ]);
  const open = metrics.gauge('open_files', 'Descriptors of files that are followed: one for each destination.');
  const inFlight = metrics.gauge('in_flight_batches', 'Batches that the destination has not answered yet.', ['destination']);
  const pinned = metrics.gauge('pinned_bytes', 'Disk space held by deleted files that are not shipped yet.');
  const lagBytes = metrics.gauge(
    'lag_bytes',
    `Bytes that are not acknowledged: the ${filesNamed} files with the most by name, the rest as other.`,
    ['file', 'destination'],
  );
  const lagSeconds = metrics.gauge('lag_seconds', 'For how long a file has had bytes that are not acknowledged.', [
    'file',
    'destination',
  ]);
  metrics.onCollect(() => {
    const all = lanes.files;
    for (const standing of ['named', 'rotated', 'deleted'] as const)
      files.set(all.filter((file) => file.standing === standing).length, { standing });
    pinned.set(pinnedBytes(all));
    let descriptors = 0;
    lagBytes.clear();
    lagSeconds.clear();
    for (const { name: destination, table, shipper } of lanes) {
      for (const { fd } of table) if (fd !== undefined) descriptors += 1;
      inFlight.set(shipper.inFlight, { destination });
      for (const [file, lag] of lags([...table], Date.now())) {
        lagBytes.set(lag.bytes, { file, destination });
        lagSeconds.set(lag.seconds, { file, destination });
      }
    }
    open.set(descriptors);
  });
}

/** What `/status` tells of the work: for each destination, which files are how far behind. */
export function statusOf(lanes: Lanes): Record<string, unknown> {
  const now = Date.now();
  const destinations = [...lanes].map(({ name, part, table, shipper }) => ({
    name,
    state: part.state,
    inFlightBatches: shipper.inFlight,
    lag: Object.fromEntries(lags([...table], now)),
  }));
  return { files: lanes.files.length, destinations };
}

interface Lag {
  readonly bytes: number;
  readonly seconds: number;
}

/** The lag of each of the files that are furthest behind, and of all others together. Files of one name are one: the old ones of a rotation. */
export function lags(files: readonly Followed[], now: number): Map<string, Lag> {
  const byName = new Map<string, Lag>();
  const add = (name: string, lag: Lag) => {
    const known = byName.get(name);
    byName.set(name, known ? { bytes: known.bytes + lag.bytes, seconds: Math.max(known.seconds, lag.seconds) } : lag);
  };
  const lagOf = ({ lag, behindSince }: Followed): Lag => ({
    bytes: lag,
    seconds: lag === 0 || behindSince === undefined ? 0 : (now - behindSince) / 1000,
  });
  const sorted = files.toSorted((a, b) => b.lag - a.lag);
  for (const [index, file] of sorted.entries()) add(index < filesNamed ? file.label : 'other', lagOf(file));
  return byName;
}
