import { bulk } from './bulk.ts';
import { connects } from './connects.ts';
import { idle } from './idle.ts';
import type { Job } from './job.ts';
import { mixed } from './mixed.ts';
import { ping } from './ping.ts';
import { tls } from './tls.ts';

/** Every job begins with a start, and so this one has nothing to do. */
const start: Job = {
  name: 'start',
  measures: [{ key: 'start', title: 'from the start to the first byte, ms', digits: 0 }],
  run: async () => ({}),
};

/** All jobs. @param counts how many connections are idle, in ascending order. */
export function jobs(counts: readonly number[]): readonly Job[] {
  return [bulk(1), bulk(16), ping(1), ping(64), connects, idle(counts), mixed, tls, start];
}

/** Their names for --only. */
export const jobNames: readonly string[] = [...new Set(jobs([1]).map(({ name }) => name))];
