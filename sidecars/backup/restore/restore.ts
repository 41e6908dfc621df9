import type { Header } from '../archive/header.ts';
import type { Shortfall } from '../archive/shortfalls.ts';
import { unpack } from '../archive/unpack.ts';
import type { ByteSource } from '../bytes.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Manifest } from '../catalog/manifest.ts';
import type { DecryptWith } from '../encryption/header.ts';
import type { Chosen } from '../reading/choose.ts';
import { plainOf } from '../reading/plain.ts';
import { deletedName } from '../run/capture.ts';
import { isWithin } from '../sources/name-order.ts';
import { Selection } from '../sources/selection.ts';
import { StaleCompanions } from './companions.ts';
import { linkLeftOut } from './left-out.ts';

/** What is restored, and where. */
export interface RestoreOptions {
  /** The folder, which is made where it is missing. */
  readonly to: string;
  /** Names in the archive; all that is at and below them is restored. None for everything. */
  readonly names: readonly Buffer[];
  readonly key: DecryptWith | undefined;
  readonly onEntry: (header: Header) => void;
}

/** What became of a restore. */
export interface Restored {
  readonly entries: number;
  readonly files: number;
  readonly bytes: number;
  readonly shortfalls: readonly Shortfall[];
}

/** What became of a whole restore. */
export interface RestoredAll extends Restored {
  /** Files beside databases that went, as they would have undone the restore; see {@link StaleCompanions}. */
  readonly stale: readonly Buffer[];
}

/**
 * Restores a backup, and of its full one what the backup needs of it. Whether the key is the right one is seen before anything is written.
 * @throws NoKey, AgeError, FrameError, Damaged, StoreError; ArchiveError, UnsafeEntryError, RestoreError where an entry cannot be written.
 */
export async function restore(catalog: Catalog, { backup, parent }: Chosen, asked: RestoreOptions): Promise<RestoredAll> {
  const { key, names, to } = asked;
  const companions = new StaleCompanions(to);
  const options: RestoreOptions = {
    ...asked,
    onEntry: (header) => {
      asked.onEntry(header);
      companions.entry(header);
    },
  };
  const indexOf = (manifest: Manifest) => plainOf(catalog, manifest, manifest.index, key);
  for (const manifest of parent === undefined ? [backup] : [backup, parent]) await readFirst(indexOf(manifest));
  const wanted = (name: Buffer) => names.length === 0 || names.some((at) => isWithin(name, at));
  const done: Restored[] = [];
  if (parent !== undefined) {
    const selection = new Selection(indexOf(backup));
    try {
      done.push(await part(catalog, parent, options, async (name) => (await selection.wants(name)) && wanted(name)));
    } finally {
      await selection.close();
    }
  }
  done.push(await part(catalog, backup, options, (name) => name.toString('latin1') !== deletedName && wanted(name)));
  const sum = (of: (one: Restored) => number) => done.reduce((total, one) => total + of(one), 0);
  return {
    entries: sum(({ entries }) => entries),
    files: sum(({ files }) => files),
    bytes: sum(({ bytes }) => bytes),
    shortfalls: together(done.flatMap(({ shortfalls }) => shortfalls)),
    stale: companions.remove(),
  };
}

/** Of a backup and its full one: one for each kind. */
function together(shortfalls: readonly Shortfall[]): Shortfall[] {
  const kinds = Map.groupBy(shortfalls, ({ lack }) => lack).values();
  return [...kinds].flatMap(([first, second]) =>
    first === undefined ? [] : [{ ...first, count: first.count + (second?.count ?? 0) }],
  );
}

async function part(
  catalog: Catalog,
  manifest: Manifest,
  { to, key, onEntry }: RestoreOptions,
  wants: (name: Buffer) => boolean | Promise<boolean>,
): Promise<Restored> {
  const archive = () => plainOf(catalog, manifest, manifest.archive, key);
  const unpacked = await unpack(archive(), to, { wants, onEntry });
  const linked = await linkLeftOut(archive, to, unpacked.unlinked);
  return { ...unpacked, entries: unpacked.entries + linked, files: unpacked.files + linked };
}

/** Reads the beginning, which fails where the key is not the one. */
async function readFirst(plain: ByteSource): Promise<void> {
  for await (const _ of plain) return;
}
