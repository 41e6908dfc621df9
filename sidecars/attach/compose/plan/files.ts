import picomatch from 'picomatch';
import { isKnown } from '../../wish/interpolation.ts';
import { settingOf, type Wish } from '../../wish/wish.ts';
import { type Access, isWithin, type Mount, mountsOf } from '../model/mounts.ts';
import type { Complaints, Draft, Piece } from './draft.ts';
import { containerName } from './network.ts';

/** How a sidecar comes to the files of its owner. */
export type Files =
  /** It needs none. */
  | { readonly by: 'nothing' }
  /** By the same volumes; every replica of the owner has them. */
  | { readonly by: 'volumes'; readonly mounts: readonly Mount[] }
  /** By all that a container of the owner has mounted, as some of it has no name; each replica has its own. */
  | { readonly by: 'container'; readonly why: string };

/** How a draft comes to the files that it is to read. */
export function filesOf(draft: Draft, complaints: Complaints): Files {
  const { owner, wish, sidecar } = draft;
  const folders = foldersOf(draft);
  if (folders === undefined) return { by: 'container', why: `it reads what is mounted into ${owner.name}` };
  const mounts = mountsOf(owner.keys);
  const given = mountsOf(wish.over);
  const found = new Set<Mount>();
  let unnamed: string | undefined;
  for (const folder of folders) {
    if (holdersOf(folder, given).length > 0) continue;
    const holders = holdersOf(folder, mounts);
    const [nearest] = holders;
    if (nearest?.isMemory)
      complaints.ofWish(
        draft,
        settingOf(wish, sidecar.files ?? ''),
        `names ${folder}, which is a tmpfs of ${owner.name}, and no other container sees it; make it a volume`,
      );
    for (const mount of holders) found.add(mount);
    if (holders.length === 0 || holders.some(({ shared }) => shared === undefined)) unnamed ??= folder;
  }
  if (unnamed !== undefined)
    return { by: 'container', why: `no volume of ${owner.name} that has a name or a path of the host holds ${unnamed}` };
  return found.size === 0 ? { by: 'nothing' } : { by: 'volumes', mounts: mounts.filter((mount) => found.has(mount)) };
}

/** Volumes of a draft. */
export function fileKeys({ owner, replica, wish }: Draft, files: Files): Piece {
  const access = accessOf(wish);
  if (files.by === 'nothing') return { keys: {}, reasons: [] };
  if (files.by === 'volumes') {
    const volumes = files.mounts.map(({ shared }) => shared?.(access));
    const what = `volumes at ${files.mounts.map(({ target }) => target).join(', ')}`;
    return {
      keys: { volumes },
      reasons: [
        {
          what,
          why: `the same ones as ${owner.name} has, ${access === 'ro' ? 'read-only' : 'to write to, as rotated files are not kept'}`,
        },
      ],
    };
  }
  // what a later one brings goes over what is at the same place; the first is by what compose sees that web was made anew
  const from = [
    `${owner.name}:${access}`,
    ...(replica === undefined ? [] : [`container:${containerName(owner, replica)}:${access}`]),
  ];
  return { keys: { volumes_from: from }, reasons: [{ what: `volumes_from: [${from.join(', ')}]`, why: files.why }] };
}

/** What is done with files: they are read, but for those that are to be cut off or removed once they are shipped. */
function accessOf(wish: Wish): Access {
  const given = settingOf(wish, 'afterShip')?.given;
  return given?.from === 'text' && given.text !== 'keep' ? 'rw' : 'ro';
}

/** The folders that are read; undefined where nobody knows them before it runs. */
function foldersOf({ wish, sidecar }: Draft): readonly string[] | undefined {
  const key = sidecar.files;
  const option = key === undefined ? undefined : sidecar.outline.options[key];
  if (key === undefined || option === undefined) return [];
  const setting = settingOf(wish, key);
  if (setting === undefined) {
    // without sources a backup is of the database that is named, else of every volume
    const isOfDatabase = settingOf(wish, 'pgHost') !== undefined || settingOf(wish, 'pgDatabase') !== undefined;
    return Array.isArray(option.default) ? option.default.map(baseOf) : isOfDatabase ? [] : undefined;
  }
  const { given } = setting;
  if (given.from !== 'text' || setting.variable.endsWith('_FILE') || !isKnown(given.text, { overKey: 'service' }))
    return undefined;
  const values: readonly unknown[] = option.kind.parse(given.text);
  // what is no text is a database
  return values.filter((value) => typeof value === 'string').map(baseOf);
}

/** The folder that a glob cannot lead out of. */
function baseOf(glob: string): string {
  return picomatch.scan(glob).base.replace(/(?<=.)\/$/, '') || '/';
}

/** The mounts that hold a folder: the nearest one above it, then those that are in it. */
function holdersOf(folder: string, mounts: readonly Mount[]): Mount[] {
  const known = mounts.filter((mount): mount is Mount & { readonly target: string } => mount.target !== undefined);
  const above = known.filter(({ target }) => isWithin(folder, target)).sort((a, b) => b.target.length - a.target.length);
  const within = known.filter(({ target }) => target !== folder && isWithin(target, folder));
  return [...above.slice(0, 1), ...within];
}
