/** What has been counted until some time. */
export interface Sample {
  /** In milliseconds. */
  readonly time: number;
  readonly hashes: number;
  readonly coins: number;
  /** How often each replica was asked, by its host name. */
  readonly rng: Readonly<Record<string, number>>;
  readonly hasher: Readonly<Record<string, number>>;
}

/** What the page shows. */
export interface View {
  readonly hashes: number;
  readonly coins: number;
  /** Hashes per second, the newest last; null where nothing could be counted. */
  readonly perSecond: readonly (number | null)[];
  /** Requests per second to each replica that is used. */
  readonly rng: Readonly<Record<string, number>>;
  readonly hasher: Readonly<Record<string, number>>;
}

/** How many samples a rate is made of, so that it does not tremble. */
const smooth = 5;

/** The last samples, of which there is one each second. */
export class Samples {
  readonly #length: number;
  readonly #samples: (Sample | undefined)[] = [];

  constructor(length: number) {
    this.#length = length;
  }

  /** Adds a sample, or that there is none. */
  add(sample: Sample | undefined): void {
    this.#samples.push(sample);
    if (this.#samples.length > this.#length) this.#samples.shift();
  }

  view(): View {
    const last = this.#samples.at(-1);
    const before = this.#samples.slice(-smooth - 1).find((sample) => sample !== undefined);
    const own = (of: 'rng' | 'hasher') =>
      Object.fromEntries(
        Object.keys(last?.[of] ?? {})
          .sort()
          .map((host): [string, number] => [host, rate(before, last, (sample) => sample[of][host] ?? 0) ?? 0])
          .filter(([, perSecond]) => perSecond > 0),
      );
    return {
      hashes: last?.hashes ?? 0,
      coins: last?.coins ?? 0,
      perSecond: this.#samples.map((sample, at) => rate(this.#samples[Math.max(0, at - smooth)], sample, ({ hashes }) => hashes)),
      rng: own('rng'),
      hasher: own('hasher'),
    };
  }
}

function rate(from: Sample | undefined, to: Sample | undefined, count: (sample: Sample) => number): number | null {
  if (from === undefined || to === undefined || to.time <= from.time) return null;
  // a Redis that was started anew counts from 0
  return (Math.max(0, count(to) - count(from)) / (to.time - from.time)) * 1000;
}
