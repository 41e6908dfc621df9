import type { Described } from '../sources/index-record.ts';
import { compareNames } from '../sources/name-order.ts';

/** What is said of a name: it came, it went, or it is another one. */
export interface Difference {
  readonly mark: '+' | '-' | '~';
  readonly name: Buffer;
  /** What of it differs, of `~`. */
  readonly what: readonly string[];
}

/** What of names is compared. */
export type Compared = Pick<Described, 'name' | 'type' | 'size' | 'mode' | 'uid' | 'gid' | 'mtimeNs' | 'target'>;

/** What differs between two lists of names in the order of a walk. */
export async function* differences(before: AsyncIterable<Compared>, after: AsyncIterable<Compared>): AsyncGenerator<Difference> {
  const [olds, news] = [before[Symbol.asyncIterator](), after[Symbol.asyncIterator]()];
  try {
    let [old, fresh] = [(await olds.next()).value as Compared | undefined, (await news.next()).value as Compared | undefined];
    while (old !== undefined || fresh !== undefined) {
      const order = old === undefined ? 1 : fresh === undefined ? -1 : compareNames(old.name, fresh.name);
      if (order < 0 && old !== undefined) yield { mark: '-', name: old.name, what: [] };
      if (order > 0 && fresh !== undefined) yield { mark: '+', name: fresh.name, what: [] };
      if (order === 0 && old !== undefined && fresh !== undefined) {
        const what = whatDiffers(old, fresh);
        if (what.length > 0) yield { mark: '~', name: fresh.name, what };
      }
      if (order <= 0) old = (await olds.next()).value as Compared | undefined;
      if (order >= 0) fresh = (await news.next()).value as Compared | undefined;
    }
  } finally {
    await olds.return?.();
    await news.return?.();
  }
}

function whatDiffers(old: Compared, fresh: Compared): string[] {
  const what: string[] = [];
  const link = ({ type }: Compared) => type === 'file' || type === 'hardlink';
  if (old.type !== fresh.type && !(link(old) && link(fresh))) what.push('type');
  if (old.type === 'file' && fresh.type === 'file' && old.size !== fresh.size) what.push('size');
  // a folder changes its time with whatever comes and goes in it
  if (old.mtimeNs !== fresh.mtimeNs && fresh.type !== 'directory') what.push('time');
  if (old.mode !== fresh.mode && fresh.type !== 'symlink') what.push('mode');
  if (old.uid !== fresh.uid || old.gid !== fresh.gid) what.push('owner');
  if (old.type === 'symlink' && fresh.type === 'symlink' && !old.target?.equals(fresh.target ?? Buffer.alloc(0)))
    what.push('target');
  return what;
}
