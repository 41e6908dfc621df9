import { spawnSync } from 'node:child_process';

/** Whether PATH has a command, and it exits with 0. */
export function answers(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore', timeout: 10_000 }).status === 0;
}
