import type { Taken } from './measure.ts';
import { median } from './table.ts';

/** One measurement of something that stores. */
export interface Sample extends Taken {
  /** Bytes that the store has more than before; NaN for what stores nothing. */
  readonly stored: number;
}

/** All that was measured, by what it is of. */
export class Samples<Key> {
  readonly #samples = new Map<string, Sample[]>();
  readonly #textOf: (key: Key) => string;

  /** @param textOf a text of a key that no other key has. */
  constructor(textOf: (key: Key) => string) {
    this.#textOf = textOf;
  }

  add(key: Key, sample: Sample): void {
    const text = this.#textOf(key);
    const list = this.#samples.get(text);
    if (list === undefined) this.#samples.set(text, [sample]);
    else list.push(sample);
  }

  /** The median of each number; undefined where nothing was measured. */
  median(key: Key): Sample | undefined {
    const list = this.#samples.get(this.#textOf(key));
    if (list === undefined) return undefined;
    const of = (field: keyof Sample) => {
      const known = list.map((sample) => sample[field]).filter((value) => !Number.isNaN(value));
      return known.length === 0 ? Number.NaN : median(known);
    };
    return {
      seconds: of('seconds'),
      cpu: of('cpu'),
      anonymous: of('anonymous'),
      resident: of('resident'),
      stored: of('stored'),
    };
  }

  /** By the texts of their keys. */
  toJSON(): Record<string, readonly Sample[]> {
    return Object.fromEntries(this.#samples);
  }
}
