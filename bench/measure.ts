import { spawnSync } from 'node:child_process';
import type { Actor, Stage } from './stage.ts';
import { cpuOfEndedChildren, TreeWatch } from './usage.ts';

/** A program to be run. */
export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly folder?: string;
}

/** What one run of a program, with all that it started, took of the machine. */
export interface Taken {
  /** By the clock on the wall. */
  readonly seconds: number;
  /** Of all processors, in seconds. */
  readonly cpu: number;
  /** The most at a time, in bytes; NaN where it has ended too soon to be looked at. */
  readonly anonymous: number;
  readonly resident: number;
}

/** Starts a program under a name. */
export function startCommand(stage: Stage, name: string, { command, args, env, folder }: Command): Actor {
  return stage.start(name, command, args, { env, ...(folder !== undefined && { cwd: folder }) });
}

/** Runs a program to its end. Nothing else that this process started may end meanwhile. @throws Error where it fails. */
export async function measure(stage: Stage, name: string, command: Command): Promise<Taken> {
  // what others have left to be written is not for this one to wait for
  spawnSync('sync', ['-f', stage.folder]);
  const before = cpuOfEndedChildren();
  const begun = performance.now();
  const actor = startCommand(stage, name, command);
  const watch = new TreeWatch(actor.pid);
  try {
    await actor.ended();
    const seconds = (performance.now() - begun) / 1000;
    const { anonymous, resident } = watch.end();
    const known = (bytes: number) => (bytes === 0 ? Number.NaN : bytes);
    return { seconds, cpu: cpuOfEndedChildren() - before, anonymous: known(anonymous), resident: known(resident) };
  } finally {
    watch.end();
  }
}
