import { join } from 'node:path';
import type { Command } from '../../measure.ts';
import { rcloneVariables } from '../../stores/endpoint.ts';
import type { SettingName } from '../../stores/settings.ts';
import type { Tool } from '../../tools.ts';
import type { JobName, Peer, Scene } from './peer.ts';

/** What stands between tar and the store, each way as it is called in the tables and as it is written. */
interface Filter {
  readonly tool: Tool;
  readonly save: readonly [title: string, words: string];
  readonly load: readonly [title: string, words: string];
}

const zstd: Filter = { tool: 'zstd', save: ['zstd -3', 'zstd -q -3'], load: ['zstd -dc', 'zstd -q -dc'] };
const zstdOfTwo: Filter = { ...zstd, save: ['zstd -3 -T2', 'zstd -q -3 -T2'] };
const age: Filter = { tool: 'age', save: ['age -r', 'age -r "$RECIPIENT"'], load: ['age -d', 'age -d -i "$IDENTITY"'] };

/** GNU tar in pipelines, as anybody would write them. What has two threads is restored as what has one. */
export const tarPeers: readonly Peer[] = [
  pipeline('tar-zstd', 'plain', [zstd], ['first', 'restore']),
  pipeline('tar-zstd-T2', 'plain', [zstdOfTwo], ['first']),
  pipeline('tar-zstd-age', 'age', [zstd, age], ['first', 'restore']),
  pipeline('tar-zstd-rclone', 's3', [zstdOfTwo], ['first', 'restore']),
  pipeline('tar-zstd-age-rclone', 's3-age', [zstdOfTwo, age], ['first', 'restore']),
];

function pipeline(name: string, setting: SettingName, filters: readonly Filter[], jobs: readonly JobName[]): Peer {
  const far = setting === 's3' || setting === 's3-age';
  const back = filters.toReversed();
  const ways = {
    first: {
      title: ['tar', ...filters.map(({ save: [title] }) => title), ...(far ? ['rclone rcat'] : [])].join(' | '),
      command: shell(
        ['tar -C "$CORPUS" -cf - .', ...filters.map(({ save: [, words] }) => words)].join(' | ') +
          (far ? ' | rclone rcat "$STORE"' : ' >"$STORE"'),
      ),
    },
    restore: {
      title: [...(far ? ['rclone cat'] : []), ...back.map(({ load: [title] }) => title), 'tar -x'].join(' | '),
      command: shell(
        (far ? 'rclone cat "$STORE" | ' : '<"$STORE" ') +
          [...back.map(({ load: [, words] }) => words), 'tar -C "$OUT" -xf -'].join(' | '),
      ),
    },
  };
  return {
    name,
    settings: [setting],
    tools: ['bash', 'tar', ...filters.map(({ tool }) => tool), ...(far ? ['rclone' as const] : [])],
    jobs: Object.fromEntries(Object.entries(ways).filter(([job]) => jobs.some((wanted) => wanted === job))),
    restored: ({ out }) => out,
  };
}

/** A pipeline that fails where one of its programs does. */
function shell(script: string): (scene: Scene) => Command {
  return ({ corpus, store, out, age: key }) => {
    const names = { CORPUS: corpus, OUT: out, ...(key && { RECIPIENT: key.recipient, IDENTITY: key.identity }) };
    const where =
      store.kind === 'folder'
        ? { STORE: join(store.path, 'backup') }
        : { STORE: `store:${store.bucket}/${store.prefix}/backup`, ...rcloneVariables(store.endpoint) };
    return { command: 'bash', args: ['-o', 'pipefail', '-c', script], env: { ...names, ...where } };
  };
}
