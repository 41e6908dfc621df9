import type { FilesPlan } from '../files/plan.ts';

/** A flight recorder: it keeps what was seen last in memory, and writes it to a file when something happens. */
export interface RecorderPlan {
  /** How far back it remembers, in milliseconds, */
  readonly keep: number;
  /** and with how much memory at most, in bytes. */
  readonly memory: number;
  /** How long it goes on to write after something happened, in milliseconds. */
  readonly after: number;
  /** Where the files go: one each time. `size` and `every` are undefined. */
  readonly files: FilesPlan;
}
