import { posix } from 'node:path';
import { itemsOf, type Keys, keysOf } from './plain.ts';

/** What may be done with a mount. */
export type Access = 'ro' | 'rw';

/** Something that is mounted into a service. */
export interface Mount {
  /** Where; undefined where a variable decides. */
  readonly target: string | undefined;
  /** The same mount for another service, to read or also to write; undefined where it belongs to the container alone. */
  readonly shared: ((access: Access) => unknown) | undefined;
  /** True where it is gone with the container, and no other one can see it. */
  readonly isMemory: boolean;
}

/** What the keys `volumes` and `tmpfs` of a service mount. */
export function mountsOf(keys: Keys): Mount[] {
  const memory = itemsOf(keys.tmpfs).map((entry) => ({
    target: placeOf(String(entry).replace(/:.*/s, '')),
    shared: undefined,
    isMemory: true,
  }));
  return [
    ...itemsOf(keys.volumes).map((entry) => (typeof entry === 'string' ? readShort(entry) : readLong(keysOf(entry)))),
    ...memory,
  ];
}

/** `data:/var/lib/data:ro`, `./data:/var/lib/data`, `/var/lib/data` */
function readShort(text: string): Mount {
  // a variable may hold colons of its own: ${DATA:-./data}:/data
  const parts = text.match(/(?:\$\{[^}]*\}|[^:])+/g) ?? [];
  const [source = '', target, modes = ''] = parts;
  if (target === undefined) return { target: placeOf(source), shared: undefined, isMemory: false };
  // the label of SELinux that says several containers use it
  const label = modes.split(',').some((mode) => mode === 'z' || mode === 'Z') ? ',z' : '';
  const shared = (access: Access) => `${source}:${target}${access === 'ro' || label ? `:${access}${label}` : ''}`;
  return { target: placeOf(target), shared, isMemory: false };
}

function readLong({ type, source, target, bind, volume }: Keys): Mount {
  const at = typeof target === 'string' ? placeOf(target) : undefined;
  if (source === undefined || type === 'tmpfs') return { target: at, shared: undefined, isMemory: type === 'tmpfs' };
  const rest = { ...(bind ? { bind } : {}), ...(volume ? { volume } : {}) };
  const shared = (access: Access) => ({ type, source, target, ...(access === 'ro' ? { read_only: true } : {}), ...rest });
  return { target: at, shared, isMemory: false };
}

function placeOf(target: string): string | undefined {
  return target.includes('$') ? undefined : posix.normalize(target).replace(/(?<=.)\/$/, '');
}

/** Whether a path is a folder, or is in it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}
