import { setTimeout as sleep } from 'node:timers/promises';
import type { Actor, Stage } from './stage.ts';

/** Milliseconds from the end of a killed sidecar to its new start: long enough for a rotation to happen in between. */
const restartPause = 2000;

/** The logs sidecar as a process, which is started again when it is killed, as `restart: unless-stopped` does for a container. */
export class Sidecar {
  /** How often it was killed. */
  kills = 0;
  /** Rejects when it ends of itself: with wrong settings, say. */
  readonly failed: Promise<never>;
  readonly #stage: Stage;
  readonly #env: Record<string, string>;
  #actor: Actor;
  #stopping = false;
  #admin = '127.0.0.1:0';
  #fail: (error: Error) => void = () => {};

  /** @param env its settings; the address of its admin server is chosen here. */
  constructor(stage: Stage, env: Record<string, string>) {
    this.#stage = stage;
    this.#env = env;
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

  /** Waits until it works; returns the address of its admin server, which stays the same through all restarts. */
  async ready(): Promise<string> {
    const url = await this.#actor.says(/"admin":"(http:[^"]+)"/);
    this.#admin = new URL(url).host;
    return url;
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
    const actor = this.#stage.start('the logs sidecar', '../../sidecars/logs/main.ts', {
      env: { ...this.#env, LOGS_ADMIN: this.#admin },
    });
    void this.#restartWhenKilled(actor);
    return actor;
  }

  async #restartWhenKilled(actor: Actor): Promise<void> {
    const { code, signal } = await actor.ended;
    if (this.#done) return;
    if (signal === null) {
      this.#fail(new Error(`the logs sidecar ended with ${code}:\n${actor.said}`));
      return;
    }
    this.kills += 1;
    await sleep(restartPause);
    if (!this.#done) this.#actor = this.#start();
  }
}
