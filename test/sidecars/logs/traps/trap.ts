import type { Lifetime } from '#harness/at-end.ts';
import type { Need } from '#harness/needs.ts';
import type { SidecarProcess } from '#harness/process.ts';
import type { Random } from '#harness/random.ts';
import { Application } from '../scene.ts';

/** What a trap is played with. */
export interface Setting {
  /** Ends all that it begins. */
  readonly t: Lifetime;
  /** How much is written, and when: other numbers in each run. */
  readonly random: Random;
  /** `quick` for a test, with little of everything; `whole` for a soak, which also holds what takes a quiet machine. */
  readonly scale: 'quick' | 'whole';
}

/** What came of it. */
export interface Outcome {
  /** Records that never arrived. */
  readonly lost: readonly string[];
  /** Records that arrived once more than they were written. */
  readonly duplicates: number;
  /** What else was promised and not kept: a sentence for each. */
  readonly broken: readonly string[];
  /** What was measured on the way, for people. */
  readonly told?: string | undefined;
}

/** Something that happens to log files, sinks and sidecars, in which shippers lose lines: with real files, a real process and a real receiver. */
export interface Trap {
  /** Its number in the list of the traps, or a word. */
  readonly name: string;
  readonly title: string;
  /** What is promised, beside that nothing is lost. */
  readonly bound: string;
  readonly needs?: readonly Need[];
  /** Whether it measures what others beside it would disturb. */
  readonly alone?: boolean;
  readonly play: (setting: Setting) => Promise<Outcome>;
}

/** An application that closes its file in the end. */
export function application({ t }: Setting, path: string): Application {
  const app = new Application(path);
  t.after(() => app.close());
  return app;
}

/** The process id of a sidecar. @throws Error where it never started. */
export function pidOf({ child }: SidecarProcess): number {
  if (child.pid === undefined) throw new Error('the sidecar could not be started');
  return child.pid;
}
