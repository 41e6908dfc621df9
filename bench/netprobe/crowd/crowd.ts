import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { mostDescriptors } from '../../namespace.ts';
import type { Actor, Stage } from '../../stage.ts';
import type { Asked, Churned, Outcome, Tasks } from './task.ts';

/** The port of the first process; each has one of its own. */
export const firstPort = 7200;
/** Descriptors of a process that are nobody's connection. */
const spare = 100;
const script = fileURLToPath(new URL('process.ts', import.meta.url));

/** A process that has both ends of connections. */
class Member {
  readonly #actor: Actor;
  readonly #ended: Promise<never>;
  /** How many sockets it has. */
  sockets = 0;

  private constructor(actor: Actor) {
    this.#actor = actor;
    this.#ended = actor.ended().then(() => {
      throw actor.failure('has ended');
    });
    // it is heard of by who waits for it; otherwise it is stopped
    this.#ended.catch(() => {});
  }

  static async start(stage: Stage, number: number): Promise<Member> {
    const words = ['--disable-warning=ExperimentalWarning', script, String(firstPort + number)];
    const stdio = ['ignore', 'pipe', 'pipe', 'ipc'] as const;
    const member = new Member(stage.start(`the process ${number} with sockets`, process.execPath, words, { stdio: [...stdio] }));
    await member.#outcome();
    return member;
  }

  async ask<Name extends keyof Tasks>(name: Name, told: Tasks[Name][0]): Promise<Tasks[Name][1]> {
    this.#actor.process.send({ name, told } as Asked);
    return (await this.#outcome()) as Tasks[Name][1];
  }

  stop(): Promise<void> {
    return this.#actor.stop();
  }

  async #outcome(): Promise<unknown> {
    const [outcome]: Outcome[] = await Promise.race([once(this.#actor.process, 'message'), this.#ended]);
    if (outcome === undefined || 'error' in outcome) throw new Error(`${this.#actor.name}: ${outcome?.error}`);
    return outcome.value;
  }
}

/** Connections that stay, in as many processes as their limits ask for. */
export class Crowd {
  readonly #stage: Stage;
  readonly #members: Member[] = [];

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** How many sockets there are: two for each connection. */
  get sockets(): number {
    return this.#members.reduce((sum, member) => sum + member.sockets, 0);
  }

  /** Makes as many as there are not yet, up to an even number. @throws Error where they cannot be made */
  async grow(sockets: number): Promise<void> {
    const most = Math.min(20_000, Math.floor((mostDescriptors() - spare) / 2) * 2);
    for (;;) {
      const wanted = sockets - this.sockets;
      if (wanted <= 0) return;
      let member = this.#members.at(-1);
      if (member === undefined || member.sockets >= most) {
        member = await Member.start(this.#stage, this.#members.length);
        this.#members.push(member);
      }
      const pairs = Math.ceil(Math.min(wanted, most - member.sockets) / 2);
      await member.ask('open', pairs);
      member.sockets += pairs * 2;
    }
  }

  /** Ends all of them. */
  async clear(): Promise<void> {
    await Promise.all(this.#members.splice(0).map((member) => member.stop()));
  }
}

/** A process that makes connections and closes them, when it is told. */
export interface Churner {
  /** Does so for so many seconds, as fast as it can. @throws Error where one cannot be made */
  readonly churn: (seconds: number) => Promise<Churned>;
  readonly stop: () => Promise<void>;
}

export async function startChurner(stage: Stage): Promise<Churner> {
  const member = await Member.start(stage, 0);
  return { churn: (seconds) => member.ask('churn', seconds), stop: () => member.stop() };
}
