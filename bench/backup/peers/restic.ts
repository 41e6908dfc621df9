import { join } from 'node:path';
import type { Command } from '../../measure.ts';
import { rcloneVariables } from '../../stores/endpoint.ts';
import type { Tool } from '../../tools.ts';
import type { Peer, Scene } from './peer.ts';

/** restic with its defaults: it always encrypts, and so it is with the plain ones. */
export const restic: Peer = peer('restic', 'plain', ['restic'], '');

/** With rclone in front of S3, which it starts itself: without TLS it signs its chunks in a way that Ceph's gateway denies. */
export const resticByRclone: Peer = peer('restic-rclone', 's3', ['restic', 'rclone'], ' | rclone');

function peer(name: string, setting: 'plain' | 's3', tools: readonly Tool[], behind: string): Peer {
  const backup = {
    title: `restic backup${behind}`,
    command: (scene: Scene) => run(scene, 'backup', scene.corpus),
  };
  return {
    name,
    settings: [setting],
    tools,
    prepare: (scene) => run(scene, 'init'),
    jobs: {
      first: backup,
      again: backup,
      restore: {
        title: `restic restore${behind}`,
        command: (scene) => run(scene, 'restore', 'latest', '--target', scene.out),
      },
    },
    restored: ({ out, corpus }) => join(out, corpus),
  };
}

/** @see https://restic.readthedocs.io/en/stable/040_backup.html#environment-variables */
function run({ store, state }: Scene, ...words: readonly string[]): Command {
  const where =
    store.kind === 'folder'
      ? { RESTIC_REPOSITORY: store.path }
      : { RESTIC_REPOSITORY: `rclone:store:${store.bucket}/${store.prefix}`, ...rcloneVariables(store.endpoint) };
  const env = { HOME: state, RESTIC_CACHE_DIR: join(state, 'cache'), RESTIC_PASSWORD: 'of the bench', ...where };
  return { command: 'restic', args: ['--quiet', ...words], env };
}
