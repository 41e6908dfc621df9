import { messageOf } from '#shared/exit.ts';
import type { Sample } from './samples.ts';

/** One round of a peer in a setting. */
export interface Trial<Job> {
  /** How words about a failure begin: `restic failed at small, plain`. */
  readonly failing: string;
  /** Does a job. @returns undefined where the peer does not do such a job. @throws Error where it fails at it. */
  readonly run: (job: Job, firstRound: boolean) => Promise<Sample | undefined>;
  /** Removes all that it has stored. @throws Error */
  readonly clear: () => void;
}

/** What is measured in rounds. */
export interface Rounds<Job, T extends Trial<Job>> {
  readonly rounds: number;
  /** The order of work in a round. Who fails at the first job does none of the others: they stand on it. */
  readonly order: readonly Job[];
  /** The trials of a round. */
  readonly trials: () => T[];
  readonly found: (trial: T, job: Job, sample: Sample) => void;
}

/**
 * So many rounds, and in each round each job, with one peer after the other: what is compared is measured at nearly the same time. Another one
 * begins in each round, as the first that writes much may have to wait for memory, which those after it find ready.
 * @returns what failed.
 */
export async function inRounds<Job, T extends Trial<Job>>({
  rounds,
  order,
  trials: make,
  found,
}: Rounds<Job, T>): Promise<string[]> {
  const failures: string[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const trials = make();
    trials.push(...trials.splice(0, round % trials.length));
    const failed = new Set<T>();
    for (const job of order)
      for (const trial of trials.filter((each) => !failed.has(each)))
        try {
          const sample = await trial.run(job, round === 0);
          if (sample !== undefined) found(trial, job, sample);
        } catch (error) {
          if (job === order[0]) failed.add(trial);
          failures.push(`${trial.failing}, ${job}: ${messageOf(error)}`);
        }
    for (const trial of trials) trial.clear();
  }
  return failures;
}
