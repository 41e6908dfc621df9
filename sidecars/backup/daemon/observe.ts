import type { Metrics } from '#shared/metrics.ts';
import { storedBytesOf } from '../catalog/manifest.ts';
import type { Record } from './record.ts';

/** Adds the metrics of the sidecar: all of them are read off the record when they are asked for. */
export function observe(metrics: Metrics, record: Record): void {
  const seconds = (time: string) => Date.parse(time) / 1000;
  const gauge = (name: string, help: string, read: () => number | undefined) =>
    metrics.computed('gauge', name, help, () => {
      const value = read();
      return value === undefined ? [] : [[value]];
    });
  const ofGood = (name: string, help: string, read: (good: NonNullable<Record['lastGood']>) => number) =>
    gauge(name, help, () => (record.lastGood === undefined ? undefined : read(record.lastGood)));

  ofGood('last_success_timestamp_seconds', 'When the newest good backup was complete.', ({ finished }) => seconds(finished));
  ofGood('last_success_age_seconds', 'How old the newest good backup is, by the time when it was begun.', ({ started }) =>
    Math.max(0, Date.now() / 1000 - seconds(started)),
  );
  ofGood(
    'last_success_duration_seconds',
    'How long the newest good backup took.',
    ({ started, finished }) => seconds(finished) - seconds(started),
  );
  metrics.computed(
    'gauge',
    'last_success_bytes',
    'Size of the newest good backup: total is of all files and databases, plain of its archive and dumps, stored of all of it in the store.',
    () => {
      const good = record.lastGood;
      if (good === undefined) return [];
      return [
        [good.bytes.total + good.databases.reduce((sum, { bytes }) => sum + bytes, 0), { size: 'total' }],
        [good.archive.plainBytes + good.databases.reduce((sum, { dump }) => sum + dump.plainBytes, 0), { size: 'plain' }],
        [storedBytesOf(good), { size: 'stored' }],
      ];
    },
  );
  ofGood('last_success_files', 'Files in the newest good backup.', ({ counts }) => counts.files);
  ofGood(
    'last_success_changed_files',
    'Files that changed while the newest good backup read them.',
    ({ changed }) => changed.count,
  );
  ofGood(
    'last_success_unreadable_files',
    'Files that the newest good backup could not read.',
    ({ unreadable }) => unreadable.count,
  );
  ofGood('last_success_verified', 'Whether the newest good backup was read back and found right.', ({ verified }) =>
    Number(verified !== null),
  );
  ofGood('last_success_databases', 'Databases in the newest good backup.', ({ databases }) => databases.length);
  const ofDrill = (name: string, help: string, read: (drill: NonNullable<Record['lastDrill']>) => number) =>
    gauge(name, help, () => (record.lastDrill === undefined ? undefined : read(record.lastDrill)));
  ofDrill(
    'drill_success',
    'Whether the last drill has restored all databases and found every table as it was saved.',
    ({ outcome }) => Number(outcome === 'proven'),
  );
  ofDrill('drill_age_seconds', 'How long ago the last drill ended.', ({ at }) => Math.max(0, Date.now() / 1000 - seconds(at)));
  ofDrill('drill_duration_seconds', 'How long the last drill took.', (drill) => drill.seconds);
  ofDrill('drill_tables', 'Tables that the last drill has compared.', ({ tables }) => tables);
  ofDrill('drill_rows', 'Rows in those tables.', ({ rows }) => rows);
  gauge('overdue', 'Whether a backup should have been there by now and is not.', () => Number(record.overdue(Date.now())));
  gauge('next_run_timestamp_seconds', 'When the next run is due.', () => record.next && record.next / 1000);
  gauge('running', 'Whether a run is under way.', () => Number(record.progress !== undefined));
  gauge('progress_bytes', 'How many bytes the present run has read; 0 where there is none.', () => record.progress?.bytes ?? 0);
  metrics.computed('counter', 'runs_total', 'Runs that have ended, by how they ended.', () =>
    Object.entries(record.runs).map(([outcome, count]) => [count, { outcome }] as const),
  );
  metrics.computed('gauge', 'retained_backups', 'Backups in each store, after the last run.', () =>
    record.stores.filter(({ failure }) => failure === null).map(({ name, retained }) => [retained, { store: name }] as const),
  );
  metrics.computed('gauge', 'store_up', 'Whether the last run could use the store.', () =>
    record.stores.map(({ name, failure }) => [Number(failure === null), { store: name }] as const),
  );
}
