import { median } from '../table.ts';
import type { CorpusName } from './corpora/corpus.ts';
import type { JobName } from './peers/peer.ts';
import type { SettingName } from './settings.ts';

/** What one run of a program took. */
export interface Sample {
  /** By the clock on the wall. */
  readonly seconds: number;
  /** Of all processors, in seconds. */
  readonly cpu: number;
  /** The most at a time, in bytes; NaN where it has ended too soon to be looked at. */
  readonly anonymous: number;
  readonly resident: number;
  /** Bytes that the store has more than before. */
  readonly stored: number;
}

/** Which of all measurements. */
export interface Key {
  readonly corpus: CorpusName;
  readonly setting: SettingName;
  readonly job: JobName;
  /** The name of the peer. */
  readonly peer: string;
}

/** All that was measured. */
export class Results {
  readonly #samples = new Map<string, Sample[]>();

  add(key: Key, sample: Sample): void {
    const list = this.#samples.get(textOf(key));
    if (list === undefined) this.#samples.set(textOf(key), [sample]);
    else list.push(sample);
  }

  /** The median of each number; undefined where nothing was measured. */
  median(key: Key): Sample | undefined {
    const list = this.#samples.get(textOf(key));
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

  /** By `corpus/setting/job/peer`. */
  toJSON(): Record<string, readonly Sample[]> {
    return Object.fromEntries(this.#samples);
  }
}

function textOf({ corpus, setting, job, peer }: Key): string {
  return [corpus, setting, job, peer].join('/');
}
