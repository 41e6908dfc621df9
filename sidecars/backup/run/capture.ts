import type { Packed, Packer } from '../archive/packer.ts';
import type { ByteSource } from '../bytes.ts';
import { Baseline, replaces } from '../sources/baseline.ts';
import { warningOfDatabaseFolder } from '../sources/database-folder.ts';
import { DeletedNames } from '../sources/deleted-names.ts';
import { HardLinks } from '../sources/hard-links.ts';
import type { IndexLine } from '../sources/index-line.ts';
import { describeEntry } from '../sources/index-record.ts';
import type { IndexWriter } from '../sources/index-writer.ts';
import { type Found, type WalkOptions, walk } from '../sources/walk.ts';
import type { SqliteCopies } from './sqlite-copies.ts';
import type { Tally } from './tally.ts';

/** The name of the last entry of a differential archive: what has to be removed before it is unpacked over its parent. */
export const deletedName = '.sidekick-deleted';

/** Files that changed while they were read are stored once more at the end, at most so many. */
const mostAgain = 10_000;

/** What is read, and where it goes. */
export interface Capture extends Pick<WalkOptions, 'exclude' | 'avoid'> {
  readonly sources: readonly string[];
  /** The plain index of the full backup that this one is compared with; undefined where everything is stored. */
  readonly parent: ByteSource | undefined;
  readonly packer: Packer;
  readonly index: IndexWriter;
  readonly tally: Tally;
  /** Copies of databases that are in use; undefined where they are read as any other file. */
  readonly sqlite: SqliteCopies | undefined;
  /** Called before each name that is looked at. */
  readonly onEntry: () => void;
  readonly signal: AbortSignal;
}

/**
 * walk → compare → pack → index: reads the sources once, and what changed meanwhile once more.
 * @throws SourceError where a source is not there; the signal's reason; whatever the stages behind fail with.
 */
export async function capture(given: Capture): Promise<void> {
  const { sources, parent, packer, index, tally, sqlite, onEntry, signal } = given;
  const deleted = new DeletedNames();
  const links = new HardLinks();
  const again: Found[] = [];
  const inherit = (line: IndexLine) => {
    tally.saw(line.record);
    return index.inherit(line);
  };
  const baseline = parent && new Baseline(parent, { onDeleted: (name) => deleted.add(name), onSpared: inherit });
  const options: WalkOptions = {
    ...given,
    links,
    onTrouble: (path, reason) => {
      tally.unreadable(path.toString(), reason);
      baseline?.spare(path.subarray(1));
    },
  };
  try {
    for (const found of walk(sources, options)) {
      signal.throwIfAborted();
      onEntry();
      if (found.entry.type === 'file') warnOfDatabase(found);
      if (sqlite?.belongsToCopy(found)) continue;
      const described = describeEntry(found.entry);
      // an await costs more than its line where there is nothing to wait for, as with most names
      const finding = baseline?.find(found.entry.name, described);
      const line = finding instanceof Promise ? await finding : finding;
      if (line?.tellsOf(described) && !sqlite?.mayHaveChanged(found)) {
        const inheriting = inherit(line);
        if (inheriting !== undefined) await inheriting;
        continue;
      }
      const packing = pack(found);
      const packed = packing instanceof Promise ? await packing : packing;
      if (packed.outcome !== 'stored' || packed.reason !== undefined) tell(found, packed);
      if (packed.outcome === 'vanished' || packed.outcome === 'unreadable') {
        links.forget(found.entry);
        // what cannot be read is still there: the parent's content of it is better than none
        if (line !== undefined && packed.outcome === 'unreadable') await inherit(line);
        else if (line !== undefined) deleted.add(found.entry.name);
        continue;
      }
      if (line !== undefined && replaces(packed.entry, line.record)) deleted.add(found.entry.name);
      const repeated = packed.outcome === 'changed' && again.length < mostAgain;
      if (repeated) again.push(found);
      else if (packed.outcome === 'changed') tally.changed(found.path.toString());
      tally.saw(packed.entry);
      tally.stored(packed.entry);
      const place = { stored: 'here', again: repeated, offset: packed.at } as const;
      const adding = index.add(packed.entry, place, packed.entry === found.entry ? described : undefined);
      if (adding !== undefined) await adding;
    }
    await baseline?.rest();
    for (const found of again) {
      signal.throwIfAborted();
      const packed = await packer.add(found.entry, found.path);
      if (packed.outcome === 'changed') tally.changed(found.path.toString());
    }
    tally.counts.deleted = deleted.count;
    if (parent !== undefined) await storeDeleted();
    await index.end();
  } finally {
    await baseline?.close();
  }

  /** Packs a name. */
  function pack(found: Found): Packed | Promise<Packed> {
    const copying = sqlite?.pack(found, packer);
    if (copying === undefined) return packer.add(found.entry, found.path);
    return copying.then((copied) => copied ?? packer.add(found.entry, found.path));
  }

  /** Tells what was wrong with a name. */
  function tell({ path }: Found, { outcome, reason }: Packed): void {
    if (outcome === 'unreadable') tally.unreadable(path.toString(), reason ?? 'it cannot be read');
    else if (outcome === 'damaged') tally.unreadable(path.toString(), `a part of it is stored as zeros: ${reason}`);
    else if (outcome !== 'changed' && outcome !== 'vanished' && reason !== undefined) tally.warn(`${path.toString()}: ${reason}`);
  }

  /** Tells of files that are no use without the server that writes them. */
  function warnOfDatabase({ path }: Found): void {
    const warning = warningOfDatabaseFolder(path);
    if (warning !== undefined) tally.warn(warning);
  }

  async function storeDeleted(): Promise<void> {
    const content = Buffer.concat([...deleted.content()]);
    const mtimeNs = BigInt(Date.now()) * 1_000_000n;
    await packer.addContent({ name: Buffer.from(deletedName), mode: 0o600, uid: 0, gid: 0, mtimeNs }, content);
  }
}
