import { setTimeout as sleep } from 'node:timers/promises';
import { bundled } from '../bundle.ts';
import type { Command } from '../measure.ts';
import type { Actor, Stage } from '../stage.ts';
import { arrival } from './flood/flood.ts';
import type { PeerName } from './plan.ts';

/** How long one may take until it captures, in milliseconds. */
const patience = 20_000;

/** The ring of the kernel is as large for all, in KiB. */
const ring = 16 * 1024;

/** Something that captures packets. */
export interface Captor {
  readonly name: 'sidekick' | PeerName;
  readonly title: string;
  /** What is called with the words of {@link captureWords} and so on. */
  readonly command: (stage: Stage) => readonly [string, ...string[]];
  /** Captures into a file. */
  readonly write: (path: string) => readonly string[];
  /** Shows lines of what it captures. */
  readonly show: readonly string[];
  /** Shows lines of a file. */
  readonly text: (path: string) => readonly string[];
  /** Writes what of a file passes a filter. */
  readonly filter: (path: string, into: string, expression: string) => readonly string[];
  /** Shows the conversations of a file; undefined for who cannot. */
  readonly flows: ((path: string) => readonly string[]) | undefined;
  /** Whether it captures by now. */
  readonly isReady: (actor: Actor) => boolean;
}

/** sidekick/netprobe, bundled and started as in its image. */
export const sidekick: Captor = {
  name: 'sidekick',
  title: 'sidekick/netprobe',
  command: (stage) => [process.execPath, ...bundled(stage, 'netprobe'), 'capture'],
  write: (path) => ['-i', arrival, `--buffer=${ring}KiB`, '-w', path],
  show: ['-n', '-i', arrival, `--buffer=${ring}KiB`],
  text: (path) => ['-n', '-r', path],
  filter: (path, into, expression) => ['-r', path, '-w', into, expression],
  flows: (path) => ['-r', path, '--flows'],
  isReady: ({ said }) => said.includes('capturing at'),
};

/** All that capture, the sidecar first. */
export const captors: readonly Captor[] = [
  sidekick,
  {
    name: 'tcpdump',
    title: 'tcpdump',
    command: () => ['tcpdump'],
    // it would become another user, who may not write there
    write: (path) => ['-Z', 'root', '-n', '-i', arrival, '-B', String(ring), '-w', path],
    show: ['-Z', 'root', '-n', '-i', arrival, '-B', String(ring)],
    text: (path) => ['-Z', 'root', '-n', '-r', path],
    filter: (path, into, expression) => ['-Z', 'root', '-r', path, '-w', into, expression],
    flows: undefined,
    isReady: ({ said }) => said.includes('listening on'),
  },
];

/** Starts one, and waits until it captures. @throws Error where it does not */
export async function startCaptor(
  stage: Stage,
  captor: Captor,
  words: readonly string[],
  stdout: number | 'pipe',
): Promise<Actor> {
  const [command, ...args] = captor.command(stage);
  const actor = stage.start(captor.title, command, [...args, ...words], {
    env: { NETPROBE_ADMIN: 'off' },
    stdio: ['ignore', stdout, 'pipe'],
  });
  for (const begun = performance.now(); !captor.isReady(actor); ) {
    if (!actor.running) throw actor.failure('has ended');
    if (performance.now() - begun > patience) throw actor.failure(`did not capture within ${patience / 1000} s`);
    await sleep(5);
  }
  return actor;
}

/** One that reads a file to its end. */
export function reading(stage: Stage, captor: Captor, words: readonly string[]): Command {
  const [command, ...args] = captor.command(stage);
  return { command, args: [...args, ...words], env: { NETPROBE_ADMIN: 'off' } };
}

/** What the kernel counted, as one says it at its end: the sidecar in its log. NaN for what it does not tell. */
export function toldCounts(said: string): { readonly received: number; readonly dropped: number } {
  const number = (pattern: RegExp) => {
    const [, ours, theirs] = pattern.exec(said) ?? [];
    return Number(ours ?? theirs);
  };
  return {
    received: number(/"received":(\d+)|(\d+) packets? received by filter/),
    dropped: number(/"dropped":(\d+)|(\d+) packets? dropped by kernel/),
  };
}
