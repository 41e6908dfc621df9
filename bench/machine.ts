import { spawnSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { digits } from './table.ts';
import { tools, versionOf } from './tools.ts';

/** What all was measured on. */
export interface Machine {
  readonly processors: string;
  readonly memory: string;
  readonly kernel: string;
  /** How many processes have been running or waiting to run, in the minute before. */
  readonly load: number;
  /** The kind of the file system that everything is on. */
  readonly fileSystem: string;
  /** Of Node and of all tools that PATH has. */
  readonly versions: Readonly<Record<string, string>>;
}

/** @param folder where everything is. */
export function machine(folder: string): Machine {
  const { stdout, status } = spawnSync('stat', ['-f', '-c', '%T', folder], { encoding: 'utf8' });
  const known = tools.map((tool) => [tool, versionOf(tool)] as const).filter(([, version]) => version !== undefined);
  return {
    processors: `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown'}`,
    memory: `${digits(totalmem() / 2 ** 30, 0)} GiB`,
    kernel: `Linux ${release()}`,
    load: loadavg()[0] ?? Number.NaN,
    fileSystem: status === 0 ? stdout.trim() : 'unknown',
    versions: { node: process.versions.node, ...Object.fromEntries(known) },
  };
}

/** Two lines for who reads the numbers. */
export function describeMachine({ processors, memory, kernel, load, fileSystem, versions }: Machine): string {
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `${processors}, ${memory}, ${kernel}, on ${fileSystem}, load before ${digits(load, 1)}\n${named.join(', ')}`;
}
