import type { Metrics } from '#shared/metrics.ts';
import type { Followed } from './follow/followed.ts';
import { pinnedBytes } from './follow/pinned.ts';
import type { FileTable } from './follow/table.ts';
import type { Shipper } from './ship/shipper.ts';

/** How many files have a lag of their own in the metrics; the others are summed up as `other`. */
const filesNamed = 20;

/** The counters that the stages of the sidecar add to. */
export function counters(metrics: Metrics) {
  return {
    lines: metrics.counter('lines_total', 'Records that the sink acknowledged.'),
    bytes: metrics.counter('bytes_total', 'Bytes of log files that the sink acknowledged.'),
    batches: metrics.counter('batches_total', 'Batches that the sink acknowledged.'),
    retries: metrics.counter('retries_total', 'Batches that did not arrive and were sent again.'),
    repaired: metrics.counter('repaired_total', 'Ill-formed UTF-8 sequences that became U+FFFD.'),
    dropped: metrics.counter(
      'dropped_bytes_total',
      'Unshipped bytes of deleted files that were given up, because LOGS_MAX_PINNED says so.',
    ),
    seconds: metrics.histogram(
      'send_seconds',
      'Time from sending a batch to its acknowledgement, retries included.',
      [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60, 600],
    ),
  };
}

/** Fills the gauges at each collection. */
export function observe(metrics: Metrics, table: FileTable, shipper: Shipper): void {
  const files = metrics.gauge('files', 'Files that are followed, by whether they have their name, were rotated, or deleted.', [
    'standing',
  ]);
  const open = metrics.gauge('open_files', 'Files that are followed and open.');
  const inFlight = metrics.gauge('in_flight_batches', 'Batches that the sink has not answered yet.');
  const pinned = metrics.gauge('pinned_bytes', 'Disk space held by deleted files that are not shipped yet.');
  const lagBytes = metrics.gauge(
    'lag_bytes',
    `Bytes that are not acknowledged: the ${filesNamed} files with the most by name, the rest as other.`,
    ['file'],
  );
  const lagSeconds = metrics.gauge('lag_seconds', 'For how long a file has had bytes that are not acknowledged.', ['file']);
  metrics.onCollect(() => {
    const all = [...table];
    for (const standing of ['named', 'rotated', 'deleted'] as const)
      files.set(all.filter((file) => file.standing === standing).length, { standing });
    open.set(all.filter(({ fd }) => fd !== undefined).length);
    inFlight.set(shipper.inFlight);
    pinned.set(pinnedBytes(all));
    lagBytes.clear();
    lagSeconds.clear();
    for (const [file, lag] of lags(all, Date.now())) {
      lagBytes.set(lag.bytes, { file });
      lagSeconds.set(lag.seconds, { file });
    }
  });
}

/** What `/status` tells of the work: where records go, and which files are how far behind. */
export function statusOf(sink: string, table: FileTable, shipper: Shipper): Record<string, unknown> {
  const files = [...table];
  return { sink, inFlightBatches: shipper.inFlight, files: files.length, lag: Object.fromEntries(lags(files, Date.now())) };
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
