import { median } from '../table.ts';

/** All that was measured, by `job/who/measure`; the unit is at the end of the measure. */
export class Results {
  readonly #samples = new Map<string, number[]>();

  add(job: string, who: string, values: Readonly<Record<string, number>>): void {
    for (const [measure, value] of Object.entries(values)) {
      const key = `${job}/${who}/${measure}`;
      const list = this.#samples.get(key);
      if (list === undefined) this.#samples.set(key, [value]);
      else list.push(value);
    }
  }

  /** Undefined where nothing was measured. */
  median(job: string, who: string, measure: string): number | undefined {
    const list = this.#samples.get(`${job}/${who}/${measure}`);
    return list && median(list);
  }

  /** Who was measured in a job, in the order of the first time. */
  who(job: string): string[] {
    const keys = [...this.#samples.keys()].filter((key) => key.startsWith(`${job}/`));
    return [...new Set(keys.map((key) => key.slice(job.length + 1, key.lastIndexOf('/'))))];
  }

  /** By their keys. */
  toJSON(): Record<string, readonly number[]> {
    return Object.fromEntries(this.#samples);
  }
}
