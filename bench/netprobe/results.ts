import { median } from '../table.ts';
import type { PartName } from './plan.ts';

/** Which of all measurements. */
export interface Key {
  readonly part: PartName;
  /** How many sockets there are, beside hardly any. */
  readonly sockets: number;
  /** Who is measured. */
  readonly who: string;
  /** What of it, with the unit at its end: `cpuMs`. */
  readonly measure: string;
}

/** All that was measured, by `part/sockets/who/measure`. */
export class Results {
  readonly #samples = new Map<string, number[]>();

  add({ part, sockets, who }: Omit<Key, 'measure'>, values: Readonly<Record<string, number>>): void {
    for (const [measure, value] of Object.entries(values)) {
      const text = textOf({ part, sockets, who, measure });
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

  /** Who was measured in a part at so many sockets, in the order of the first time. */
  who(part: PartName, sockets: number): string[] {
    const keys = [...this.#samples.keys()].map((text) => text.split('/'));
    return [...new Set(keys.filter(([one, count]) => one === part && Number(count) === sockets).map(([, , who = '']) => who))];
  }

  /** By the texts of their keys. */
  toJSON(): Record<string, readonly number[]> {
    return Object.fromEntries(this.#samples);
  }
}

function textOf({ part, sockets, who, measure }: Key): string {
  return [part, sockets, who, measure].join('/');
}
