import { join } from 'node:path';
import type { Command } from '../../measure.ts';
import { rcloneVariables } from '../../stores/endpoint.ts';
import type { SettingName } from '../../stores/settings.ts';
import type { Tool } from '../../tools.ts';
import { type Major, zstdSince } from '../programs.ts';
import type { Peer, Scene } from './peer.ts';

/** A pipeline without its store: what it reads and writes are stdin and stdout. */
interface Pipe {
  readonly dump: readonly string[];
  readonly load: readonly string[];
}

/** pg_dump as anybody would write it. */
export const pgDumpPeers: readonly Peer[] = [
  pipeline('pg_dump-zstd', ['plain', 'age', 's3', 's3-age'], (major) => (major < zstdSince ? ['zstd'] : []), inCustomFormat),
  pipeline('pg_dump-gzip', ['plain', 's3'], () => ['gzip'], asSql),
  {
    name: 'pg_dump-jobs',
    settings: ['plain'],
    tools: () => ['bash'],
    jobs: {
      first: {
        title: (_, major) => inFolder(major),
        command: (scene) => shell(scene, `${inFolder(scene.major)} -f "$STORE" "$PGDATABASE"`),
      },
      restore: {
        title: () => 'pg_restore -j2',
        command: (scene) => shell(scene, 'createdb -T template0 "$TARGET" && pg_restore -j2 -d "$TARGET" "$STORE"'),
      },
    },
  },
];

/** Compressed by pg_dump itself where it knows zstd. */
function inCustomFormat(major: Major): Pipe {
  return major < zstdSince
    ? { dump: ['pg_dump -Fc -Z0', 'zstd -q -3'], load: ['zstd -q -dc', 'pg_restore'] }
    : { dump: ['pg_dump -Fc -Z zstd:3'], load: ['pg_restore'] };
}

function asSql(): Pipe {
  return { dump: ['pg_dump', 'gzip'], load: ['gunzip', 'psql'] };
}

/** Several jobs write to a folder alone. */
function inFolder(major: Major): string {
  return `pg_dump -Fd -j2${major < zstdSince ? '' : ' -Z zstd:3'}`;
}

function pipeline(
  name: string,
  settings: readonly SettingName[],
  tools: (major: Major) => readonly Tool[],
  pipeOf: (major: Major) => Pipe,
): Peer {
  const dump = (major: Major, encrypted: boolean, far: boolean) => [
    ...pipeOf(major).dump,
    ...(encrypted ? ['age -r "$RECIPIENT"'] : []),
    ...(far ? ['rclone rcat "$STORE"'] : []),
  ];
  const load = (major: Major, encrypted: boolean, far: boolean) => [
    ...(far ? ['rclone cat "$STORE"'] : []),
    ...(encrypted ? ['age -d -i "$IDENTITY"'] : []),
    ...pipeOf(major).load,
  ];
  const title = (words: readonly string[]) => words.map((each) => each.replaceAll(/ -q| -i| ".*"/g, '')).join(' | ');
  return {
    name,
    settings,
    tools: (major) => ['bash', ...tools(major)],
    jobs: {
      first: {
        title: ({ encrypted, store }, major) => title(dump(major, encrypted, store === 's3')),
        command: (scene) => {
          const far = scene.store.kind === 's3';
          const words = dump(scene.major, scene.age !== undefined, far);
          return shell(scene, `${words.join(' | ')}${far ? '' : ' >"$STORE"'}`);
        },
      },
      restore: {
        title: ({ encrypted, store }, major) => title(load(major, encrypted, store === 's3')),
        command: (scene) => {
          const far = scene.store.kind === 's3';
          const words = load(scene.major, scene.age !== undefined, far);
          const into = words.at(-1) === 'psql' ? ' -q -v ON_ERROR_STOP=1 -d "$TARGET" >/dev/null' : ' -d "$TARGET"';
          return shell(scene, `createdb -T template0 "$TARGET" && ${far ? '' : '<"$STORE" '}${words.join(' | ')}${into}`);
        },
      },
    },
  };
}

/** A pipeline that fails where one of its programs does. */
function shell({ variables, database, target, store, age }: Scene, script: string): Command {
  const names = { PGDATABASE: database, TARGET: target, ...(age && { RECIPIENT: age.recipient, IDENTITY: age.identity }) };
  const where =
    store.kind === 'folder'
      ? { STORE: join(store.path, 'dump') }
      : { STORE: `store:${store.bucket}/${store.prefix}/dump`, ...rcloneVariables(store.endpoint) };
  return { command: 'bash', args: ['-o', 'pipefail', '-c', script], env: { ...variables, ...names, ...where } };
}
