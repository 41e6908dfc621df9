import { median } from '../table.ts';
import type { PartName } from './plan.ts';

/** Which of all measurements. */
export interface Key {
  readonly part: PartName;
  /** Of which kind: `100 B, file`; empty where there is only one. */
  readonly setting: string;
  /** Who is measured. */
  readonly who: string;
  /** What of it, with the unit at its end: `cpuUs`. */
  readonly measure: string;
}

/** All that was measured, by `part/setting/who/measure`. */
export class Results {
  readonly #samples = new Map<string, number[]>();

  add({ part, setting, who }: Omit<Key, 'measure'>, values: Readonly<Record<string, number>>): void {
    for (const [measure, value] of Object.entries(values)) {
      const text = textOf({ part, setting, who, measure });
      const list = this.#samples.get(text);
      if (list === undefined) this.#samples.set(text, [value]);
      else list.push(value);
    }
  }

  /** Undefined where nothing was measured. */
  median(key: Key): number | undefined {
    const list = this.#samples.get(textOf(key));
    return list && median(list);
  }

  /** All together; undefined where nothing was measured. */
  sum(key: Key): number | undefined {
    return this.#samples.get(textOf(key))?.reduce((sum, value) => sum + value, 0);
  }

  /** By the texts of their keys. */
  toJSON(): Record<string, readonly number[]> {
    return Object.fromEntries(this.#samples);
  }
}

function textOf({ part, setting, who, measure }: Key): string {
  return [part, setting, who, measure].join('/');
}
