import { once } from 'node:events';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Actor, Stage } from '../../stage.ts';
import type { Asked, Outcome, Tasks, TlsTasks, Told, Value } from './task.ts';

/** A process that makes load, asked for one task after the other. */
export class Load<T> {
  readonly #actor: Actor;
  readonly #ended: Promise<never>;

  private constructor(actor: Actor) {
    this.#actor = actor;
    this.#ended = actor.ended().then(() => {
      throw actor.failure('has ended');
    });
    // it is heard of by who waits for it; otherwise it is the stage that ends it
    this.#ended.catch(() => {});
  }

  /** Starts one with a backend on a port; it ends with the stage. */
  static async open(stage: Stage, port: number): Promise<Load<Tasks>> {
    return Load.#start(stage, `the load with port ${port}`, 'process.ts', String(port), join(stage.folder, `load-${port}`));
  }

  /** Starts one of TLS clients. */
  static async openTls(stage: Stage): Promise<Load<TlsTasks>> {
    return Load.#start(stage, 'the load of TLS clients', 'tls-process.ts');
  }

  static async #start<T>(stage: Stage, name: string, script: string, ...args: string[]): Promise<Load<T>> {
    const path = fileURLToPath(new URL(script, import.meta.url));
    const stdio = ['ignore', 'pipe', 'pipe', 'ipc'] as const;
    const words = ['--disable-warning=ExperimentalWarning', path, ...args];
    // NaN, for what nobody knows, is no JSON
    const load = new Load<T>(stage.start(name, process.execPath, words, { stdio: [...stdio], serialization: 'advanced' }));
    await load.#outcome();
    return load;
  }

  /** Lets it come before all others that want its core, where the user may do that. */
  hurry(): void {
    if (process.getuid?.() === 0) setPriority(this.#actor.pid, constants.priority.PRIORITY_HIGHEST);
  }

  /** Asks for a task and waits for it. @throws Error where it fails. */
  async ask<Name extends keyof T>(name: Name, told: Told<T, Name>): Promise<Value<T, Name>> {
    this.#actor.process.send({ name, told } as Asked<T>);
    return (await this.#outcome()) as Value<T, Name>;
  }

  async #outcome(): Promise<unknown> {
    const [outcome]: Outcome[] = await Promise.race([once(this.#actor.process, 'message'), this.#ended]);
    if (outcome === undefined || 'error' in outcome) throw new Error(`${this.#actor.name}: ${outcome?.error}`);
    return outcome.value;
  }
}
