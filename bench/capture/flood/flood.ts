import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { namespaceCommand } from '../../namespace.ts';
import type { Actor, Stage } from '../../stage.ts';
import type { FloodAsked, Flooded, FloodOrder, FloodTold } from './task.ts';

/** The interface that frames arrive at, in the namespace of who measures, and the one that they are sent to. */
export const arrival = 'bench0';
const departure = 'bench1';

/** How many packets have arrived: the stack of the receiver has a short queue, and what finds no room in it nobody could capture. */
export function arrivals(): number {
  return Number(readFileSync(`/sys/class/net/${arrival}/statistics/rx_packets`, 'latin1'));
}

const script = fileURLToPath(new URL('process.ts', import.meta.url));

/** A process in a namespace of its own, which sends frames to this one over a veth. */
export class Flood {
  readonly #actor: Actor;
  readonly #ended: Promise<never>;

  private constructor(actor: Actor) {
    this.#actor = actor;
    this.#ended = actor.ended().then(() => {
      throw actor.failure('has ended');
    });
    // it is heard of by who waits for it; otherwise it is stopped
    this.#ended.catch(() => {});
  }

  /** @throws Error where there is no veth to be had */
  static async start(stage: Stage): Promise<Flood> {
    const words = [...namespaceCommand, process.execPath, '--disable-warning=ExperimentalWarning', script, departure] as const;
    const [command, ...args] = words;
    const actor = stage.start('the flood', command, args, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    const flood = new Flood(actor);
    const ip = (...words: readonly string[]) => {
      const { status, stderr } = spawnSync('ip', words, { encoding: 'utf8' });
      if (status !== 0) throw new Error(`ip ${words.join(' ')}: ${stderr}`);
    };
    const ready = flood.#told();
    ip('link', 'add', arrival, 'type', 'veth', 'peer', 'name', departure);
    ip('link', 'set', arrival, 'up');
    ip('link', 'set', departure, 'netns', String(actor.pid));
    await ready;
    return flood;
  }

  /** Sends frames, until all are sent or {@link halt} is called. @throws Error */
  async send(order: FloodOrder): Promise<Flooded> {
    const told = this.#told();
    this.#ask({ order });
    const answer = await told;
    if (!('flooded' in answer)) throw new Error(`the flood: ${JSON.stringify(answer)}`);
    return answer.flooded;
  }

  /** Ends what is being sent. */
  halt(): void {
    this.#ask({ halt: true });
  }

  stop(): Promise<void> {
    return this.#actor.stop();
  }

  #ask(asked: FloodAsked): void {
    this.#actor.process.send(asked);
  }

  async #told(): Promise<FloodTold> {
    const [told]: FloodTold[] = await Promise.race([once(this.#actor.process, 'message'), this.#ended]);
    if (told === undefined) throw this.#actor.failure('said nothing');
    return told;
  }
}
