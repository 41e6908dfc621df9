import type { Entry, Texts } from './push.ts';

/** Entries that have the same labels. */
interface Stream {
  readonly labels: Texts;
  /** The lines that it has, by time: of two that are the same in both it keeps one. */
  readonly seen: Map<bigint, Set<string>>;
  readonly entries: Entry[];
}

/** All that was taken, in memory. */
export class Streams {
  readonly #streams = new Map<string, Stream>();

  /** Takes an entry, unless it is there already. */
  add(entry: Entry): void {
    const { labels, stamp, line } = entry;
    const key = JSON.stringify(labels);
    const { seen, entries } = this.#streams.getOrInsertComputed(key, () => ({ labels, seen: new Map(), entries: [] }));
    const lines = seen.getOrInsertComputed(stamp, () => new Set());
    if (lines.has(line)) return;
    lines.add(line);
    entries.push(entry);
  }

  /** The labels of each stream. */
  get labels(): Texts[] {
    return [...this.#streams.values()].map(({ labels }) => labels);
  }

  /** The entries of streams with certain labels, in no order. */
  of(takes: (labels: Texts) => boolean): Entry[] {
    return [...this.#streams.values()].filter(({ labels }) => takes(labels)).flatMap(({ entries }) => entries);
  }
}
