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

  /** The sum over all series of this name that have these labels. @throws Error where the page has no such name at all. */
  sum(name: string, wanted: Wanted = {}): number {
    const named = this.#samples.filter((sample) => sample.name === name);
    if (named.length === 0) throw new Error(`there is no metric ${name}`);
    const matching = named.filter(({ labels }) => Object.entries(wanted).every(([key, value]) => labels[key] === value));
    return matching.reduce((sum, { value }) => sum + value, 0);
  }
}
