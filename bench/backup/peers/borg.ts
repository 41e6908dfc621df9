import { join } from 'node:path';
import type { Command } from '../../measure.ts';
import type { Peer, Scene } from './peer.ts';

/** borg without encryption, and with the compression of the others. It knows no S3. */
export const borg: Peer = {
  name: 'borg',
  settings: ['plain'],
  tools: ['borg'],
  prepare: (scene) => run(scene, 'init', '--encryption', 'none'),
  jobs: {
    first: { title: 'borg create', command: (scene) => create(scene, 'first') },
    again: { title: 'borg create', command: (scene) => create(scene, 'again') },
    restore: { title: 'borg extract', command: (scene) => ({ ...run(scene, 'extract', '::first'), folder: scene.out }) },
  },
  restored: ({ out, corpus }) => join(out, corpus),
};

function create(scene: Scene, archive: string): Command {
  return run(scene, 'create', '--compression', 'zstd,3', `::${archive}`, scene.corpus);
}

/** @see https://borgbackup.readthedocs.io/en/1.2-maint/usage/general.html#environment-variables */
function run({ store, state }: Scene, ...words: readonly string[]): Command {
  if (store.kind !== 'folder') throw new Error('borg knows no S3');
  const env = {
    LANG: 'C.UTF-8',
    BORG_REPO: store.path,
    BORG_BASE_DIR: state,
    BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK: 'yes',
  };
  return { command: 'borg', args: words, env };
}
