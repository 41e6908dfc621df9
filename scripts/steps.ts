import { spawnSync } from 'node:child_process';
import { root } from './pinned.ts';

/** One command of a script: a title for the reader, and the words of the command line. */
export interface Step {
  readonly title: string;
  readonly command: readonly [string, ...string[]];
}

/**
 * Runs steps one after the other with their output shown, all of them even where one fails.
 * @returns the titles of those that failed.
 */
export function runSteps(steps: readonly Step[]): string[] {
  const failed: string[] = [];
  for (const { title, command } of steps) {
    console.log(`\n== ${title}`);
    const [program, ...args] = command;
    const { status, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit' });
    if (error) console.error(`${program}: ${error.message}`);
    if (status !== 0) failed.push(title);
  }
  return failed;
}

/** Biome colours its output even in a pipe. */
const colors = process.stdout.isTTY ? '--colors=force' : '--colors=off';

/** What `npm run check` runs, and `npm test` before its tests: format, lint and types. */
export const checks: readonly Step[] = [
  { title: 'format and lint', command: ['biome', 'ci', '--error-on-warnings', colors, '.'] },
  { title: 'types', command: ['tsc'] },
];
