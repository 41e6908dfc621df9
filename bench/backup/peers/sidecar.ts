import { pathToFileURL } from 'node:url';
import type { Command } from '../../measure.ts';
import { awsVariables } from '../../stores/endpoint.ts';
import type { Peer, Scene } from './peer.ts';

const everywhere = ['plain', 'age', 's3', 's3-age'] as const;

/** sidekick/backup, bundled and started as in its image. What is saved again is a differential backup. */
export const sidecar: Peer = {
  name: 'sidekick',
  settings: everywhere,
  tools: [],
  bundled: true,
  jobs: {
    first: { title: 'sidekick/backup', command: (scene) => run(scene, 'never', ['now']) },
    again: { title: 'sidekick/backup', command: (scene) => run(scene, 'never', ['now']) },
    restore: { title: 'sidekick/backup', command: (scene) => run(scene, 'never', ['restore', '--to', scene.out]) },
  },
  restored,
};

/** The same, with each backup read back and compared. */
export const verified: Peer = {
  name: 'sidekick-verified',
  settings: everywhere,
  tools: [],
  bundled: true,
  jobs: { first: { title: 'sidekick/backup, verified', command: (scene) => run(scene, 'always', ['now']) } },
  restored,
};

function restored({ out, corpus }: Scene): string {
  return `${out}${corpus}`;
}

function run({ corpus, store, state, age, sidecar: words }: Scene, verify: string, verb: readonly string[]): Command {
  const where =
    store.kind === 'folder'
      ? { BACKUP_TO: pathToFileURL(store.path).href }
      : { BACKUP_TO: `s3://${store.bucket}/${store.prefix}`, ...awsVariables(store.endpoint) };
  const keys = age && { BACKUP_AGE_RECIPIENTS: age.recipient, BACKUP_AGE_IDENTITY_FILE: age.identity };
  const env = { BACKUP_SOURCES: corpus, BACKUP_STATE: state, BACKUP_FULL: 'weekly', BACKUP_VERIFY: verify, ...where, ...keys };
  return { command: process.execPath, args: [...words(), ...verb], env };
}
