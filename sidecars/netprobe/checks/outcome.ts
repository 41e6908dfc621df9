/** The parts of a check that take time, in order: the name, the connection, TLS, and what the other side needs for its answer. */
export const phases = ['resolve', 'connect', 'tls', 'process'] as const;

export type Phase = (typeof phases)[number];

/** Whether what was asked for is well. */
export interface Verdict {
  readonly ok: boolean;
  /** What was found, or why it failed. */
  readonly detail: string;
}

/** What one check found. */
export interface Outcome extends Verdict {
  /** The target as it is written. */
  readonly check: string;
  /** How long it took in all. */
  readonly seconds: number;
  /** How long each part took that came to its end, also where that was a bad one: a server that answers 503 has answered. */
  readonly phases: Readonly<Partial<Record<Phase, number>>>;
  /** When the certificate expires, where one was shown, also one that is refused. */
  readonly certificateExpires?: Date;
  /** Name servers that answered what a check by DNS asked, and how long each took. */
  readonly servers: readonly ServerTime[];
}

/** How long a name server took for one answer. */
export interface ServerTime {
  readonly server: string;
  readonly seconds: number;
}

/** A check that failed, in words for a person: nobody needs its stack. */
export class CheckFailure extends Error {
  override readonly name = 'CheckFailure';
}

/** What is noted while a check runs. */
export class Course {
  readonly phases: Partial<Record<Phase, number>> = {};
  readonly servers: ServerTime[] = [];
  certificateExpires: Date | undefined;
  /** The part that runs, or ran last. */
  phase: Phase | undefined;

  /** Does a part and notes how long it took, if it succeeds. */
  async time<T>(phase: Phase, work: () => Promise<T>): Promise<T> {
    this.phase = phase;
    const begun = performance.now();
    const result = await work();
    this.phases[phase] = (performance.now() - begun) / 1000;
    return result;
  }
}
