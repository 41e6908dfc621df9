import type { Metrics } from '#shared/metrics.ts';
import type { UploadCounts } from './files/uploads.ts';
import type { CaptureStatistics } from './ring/messages.ts';

/** Where the numbers of a capture are. */
export interface CaptureNumbers {
  /** What was told last. */
  readonly statistics: () => CaptureStatistics;
  /** Undefined where nothing is uploaded. */
  readonly uploads: (() => UploadCounts) | undefined;
}

/** The metrics of a capture, for which its admin server has to be asked for (`--admin`). */
export function observeCapture(metrics: Metrics, { statistics, uploads }: CaptureNumbers): void {
  const counted = (name: string, help: string, value: (statistics: CaptureStatistics) => number) =>
    metrics.computed('counter', `capture_${name}`, help, () => [[value(statistics()), {}]]);
  counted('packets_total', 'Packets that were captured: shown, written or remembered.', ({ captured }) => captured);
  counted(
    'dropped_packets_total',
    'Packets that the kernel dropped, as there was no room for them in its ring: see --buffer.',
    ({ dropped }) => dropped,
  );
  counted(
    'unwritten_packets_total',
    'Packets that were captured, and that a full disk had no room for.',
    ({ unwritten }) => unwritten,
  );
  counted(
    'written_bytes_total',
    'Bytes of pcapng that were captured, as they are before they are compressed.',
    ({ bytes }) => bytes,
  );
  if (uploads === undefined) return;
  const uploaded = (type: 'counter' | 'gauge', name: string, help: string, value: (counts: UploadCounts) => number) =>
    metrics.computed(type, `capture_${name}`, help, () => [[value(uploads()), {}]]);
  uploaded('counter', 'uploaded_files_total', 'Files that are in S3, and not here any more.', ({ files }) => files);
  uploaded('counter', 'uploaded_bytes_total', 'Bytes of these files.', ({ bytes }) => bytes);
  uploaded('gauge', 'waiting_files', 'Files that are whole, and wait for their upload.', ({ waiting }) => waiting);
  uploaded('counter', 'lost_files_total', 'Files that --files or --disk removed before they were uploaded.', ({ lost }) => lost);
}
