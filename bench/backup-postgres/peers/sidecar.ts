import { pathToFileURL } from 'node:url';
import type { Command } from '../../measure.ts';
import { awsVariables } from '../../stores/endpoint.ts';
import type { SettingName } from '../../stores/settings.ts';
import type { JobName, Peer, Scene } from './peer.ts';

/** What makes it do no more than a dump in a pipeline does, but that it counts the rows. */
const plain = { BACKUP_CHECKSUMS: 'false', BACKUP_VERIFY: 'never' };

/** sidekick/backup, bundled and started as in its image: with the work of its peers alone, as it is by itself, and with two tables at once. */
export const sidecars: readonly Peer[] = [
  peer('sidekick', 'sidekick/backup', ['plain', 'age', 's3', 's3-age'], plain, ['first', 'restore']),
  peer('sidekick-default', 'sidekick/backup, checked', ['plain', 's3'], {}, ['first', 'restore', 'drill']),
  peer('sidekick-jobs', 'sidekick/backup, 2 jobs', ['plain'], { ...plain, BACKUP_PG_JOBS: '2' }, ['first', 'restore']),
];

function peer(
  name: string,
  title: string,
  settings: readonly SettingName[],
  variables: Readonly<Record<string, string>>,
  jobs: readonly JobName[],
): Peer {
  const words: Readonly<Record<JobName, (scene: Scene) => readonly string[]>> = {
    first: () => ['now'],
    restore: ({ server, target }) => [
      ...['restore', '--to', `${server}/${target}`],
      ...(name === 'sidekick-default' ? [] : ['--unchecked']),
    ],
    drill: () => ['drill'],
  };
  const way = (job: JobName) => ({ title: () => title, command: (scene: Scene) => run(scene, variables, words[job](scene)) });
  return { name, settings, tools: () => [], bundled: true, jobs: Object.fromEntries(jobs.map((job) => [job, way(job)])) };
}

function run(scene: Scene, variables: Readonly<Record<string, string>>, verb: readonly string[]): Command {
  const { server, database, store, state, tmp, age, sidecar } = scene;
  const where =
    store.kind === 'folder'
      ? { BACKUP_TO: pathToFileURL(store.path).href }
      : { BACKUP_TO: `s3://${store.bucket}/${store.prefix}`, ...awsVariables(store.endpoint) };
  const keys = age && { BACKUP_AGE_RECIPIENTS: age.recipient, BACKUP_AGE_IDENTITY_FILE: age.identity };
  const what = { BACKUP_SOURCES: `${server}/${database}`, BACKUP_STATE: state, BACKUP_TMP: tmp };
  const env = { ...scene.variables, ...what, ...variables, ...where, ...keys };
  return { command: process.execPath, args: [...sidecar(), ...verb], env };
}
