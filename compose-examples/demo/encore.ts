import { setTimeout as sleep } from 'node:timers/promises';
import type { Actor, Stage } from './stage.ts';

/** A process, and how it is started again. */
export interface Part {
  readonly name: string;
  /** Its program, relative to this folder. */
  readonly file: string;
  readonly args?: readonly string[];
  readonly env?: Record<string, string>;
  /** What it says when it works. */
  readonly ready: RegExp;
  /** Milliseconds from its end to its new start, where it is killed. */
  readonly pause: number;
}

/** A process that is started again when it is killed, as `restart: unless-stopped` does for a container. */
export class Encore {
  readonly name: string;
  /** How often it was killed. */
  kills = 0;
  /** Rejects when it ends of itself: with wrong settings, say. */
  readonly failed: Promise<never>;
  readonly #stage: Stage;
  readonly #part: Part;
  #actor: Actor;
  #stopping = false;
  #fail: (error: Error) => void = () => {};

  constructor(stage: Stage, part: Part) {
    this.name = part.name;
    this.#stage = stage;
    this.#part = part;
    this.failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    // whoever waits for it gets the error; it is no unhandled one where nobody does any more
    this.failed.catch(() => {});
    this.#actor = this.#start();
  }

  get pid(): number {
    return this.#actor.pid;
  }

  get standing(): 'running' | 'killed' | 'stopped' {
    if (this.#actor.running) return 'running';
    return this.#stopping ? 'stopped' : 'killed';
  }

  /** Waits until it works. @throws Error with its last words, where it ends before or takes too long. */
  async ready(): Promise<void> {
    await this.#actor.says(this.#part.ready);
  }

  /** SIGKILL: it cannot write anything down, nor say goodbye to anybody. */
  kill(): void {
    this.#actor.kill('SIGKILL');
  }

  /** Ends it in order, or leaves it where it was just killed. @throws Error where it does not exit with 0. */
  async stop(): Promise<void> {
    this.#stopping = true;
    if (!this.#actor.running) return;
    await this.ready();
    await this.#actor.stop();
  }

  get #done(): boolean {
    return this.#stopping || this.#stage.over;
  }

  #start(): Actor {
    const { name, file, args = [], env = {} } = this.#part;
    const actor = this.#stage.start(name, file, { args, env });
    void this.#restartWhenKilled(actor);
    return actor;
  }

  async #restartWhenKilled(actor: Actor): Promise<void> {
    const { code, signal } = await actor.ended;
    if (this.#done) return;
    if (signal === null) {
      this.#fail(new Error(`${this.name} ended with ${code}:\n${actor.said}`));
      return;
    }
    this.kills += 1;
    await sleep(this.#part.pause);
    if (!this.#done) this.#actor = this.#start();
  }
}
