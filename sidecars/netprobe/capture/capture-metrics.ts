import type { Metrics } from '#shared/metrics.ts';
import type { CaptureStatistics } from './ring/messages.ts';

/** The metrics of a capture, for which its admin server has to be asked for (`--admin`). @param latest what was told last */
export function observeCapture(metrics: Metrics, latest: () => CaptureStatistics): void {
  const count = (name: string, help: string, value: (statistics: CaptureStatistics) => number) =>
    metrics.computed('counter', name, help, () => [[value(latest()), {}]]);
  count('capture_packets_total', 'Packets that were captured: shown, written or remembered.', ({ captured }) => captured);
  count(
    'capture_dropped_packets_total',
    'Packets that the kernel dropped, as there was no room for them in its ring: see --buffer.',
    ({ dropped }) => dropped,
  );
  count(
    'capture_unwritten_packets_total',
    'Packets that were captured, and that a full disk had no room for.',
    ({ unwritten }) => unwritten,
  );
  count(
    'capture_written_bytes_total',
    'Bytes of pcapng that were captured, as they are before they are compressed.',
    ({ bytes }) => bytes,
  );
}
