/** Labels that a sample must have, among others. */
type Wanted = Readonly<Record<string, string>>;

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The samples of a page of metrics, to be asked for. */
export class Exposition {
  readonly #samples: readonly Sample[];

  /** @param text in Prometheus' format, version 0.0.4. */
  constructor(text: string) {
    this.#samples = text.split('\n').flatMap((line) => {
      const [, name, labels = '', value] = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      if (name === undefined) return [];
      const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = '', text = '']) => [key, text]);
      return [{ name, labels: Object.fromEntries(pairs), value: Number(value) }];
    });
  }

  /** Whether there is any series of this name: a family without one is left out. */
  has(name: string): boolean {
    return this.#samples.some((sample) => sample.name === name);
  }

  /** The sum over all series of this name that have these labels. @throws Error where the page has no such name at all. */
  sum(name: string, wanted: Wanted = {}): number {
    if (!this.has(name)) throw new Error(`there is no metric ${name}`);
    const isWanted = ({ labels }: Sample) => Object.entries(wanted).every(([key, value]) => labels[key] === value);
    const matching = this.#samples.filter((sample) => sample.name === name && isWanted(sample));
    return matching.reduce((sum, { value }) => sum + value, 0);
  }
}
