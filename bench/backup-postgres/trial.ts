import { join } from 'node:path';
import { bundled } from '../bundle.ts';
import { measure } from '../measure.ts';
import type { Trial } from '../rounds.ts';
import type { Sample } from '../samples.ts';
import type { Equipment } from '../stores/equipment.ts';
import type { Setting } from '../stores/settings.ts';
import { clearStore, newStore, storedIn } from '../stores/store.ts';
import { type Corpus, database, fingerprint } from './corpus.ts';
import type { JobName, Peer, Scene } from './peers/peer.ts';
import type { Major } from './programs.ts';
import type { Server } from './server.ts';

/** The server with what is saved, which all trials have in common. */
export interface Subject {
  readonly equipment: Equipment;
  readonly server: Server;
  readonly major: Major;
  readonly corpus: Corpus;
}

/** How many databases were restored into. */
let targets = 0;

/** One round of a peer in a setting: its store, from the dump to the drill. */
export class DumpTrial implements Trial<JobName> {
  readonly peer: Peer;
  readonly setting: Setting;
  readonly #subject: Subject;
  readonly #name: string;
  readonly #scene: Omit<Scene, 'target'>;

  /** Makes an empty store. @throws Error where the setting needs what is not there. */
  constructor(subject: Subject, setting: Setting, peer: Peer) {
    const { equipment, server, major } = subject;
    const { stage, age } = equipment;
    this.peer = peer;
    this.setting = setting;
    this.#subject = subject;
    this.#name = [setting.name, peer.name].join('-');
    this.#scene = {
      major,
      variables: server.variables,
      server: `postgres://127.0.0.1:${server.port}`,
      database,
      store: newStore(equipment, setting, this.#name),
      state: stage.newFolder(join(this.#name, 'state')),
      tmp: stage.newFolder(join(this.#name, 'tmp')),
      age: setting.encrypted ? age : undefined,
      sidecar: () => bundled(stage, 'backup'),
    };
  }

  get failing(): string {
    return `${this.peer.name} failed at ${this.setting.name}`;
  }

  /**
   * Does a job; what was restored is dropped again.
   * @param compare whether what was restored is compared with what was saved.
   * @returns undefined where the peer does not do such a job. @throws Error where it fails at it.
   */
  async run(job: JobName, compare: boolean): Promise<Sample | undefined> {
    const way = this.peer.jobs[job];
    if (way === undefined) return undefined;
    const { equipment, server } = this.#subject;
    targets += 1;
    const target = `${database}_${targets}`;
    // what others have changed is not for this one to be written
    await server.sql('postgres', 'checkpoint');
    try {
      const taken = await measure(equipment.stage, this.#name, way.command({ ...this.#scene, target }));
      if (job === 'restore' && compare) await this.#compare(target);
      return { ...taken, stored: job === 'first' ? storedIn(this.#scene.store, equipment) : Number.NaN };
    } finally {
      if (job === 'restore') await server.drop(target);
    }
  }

  /** Removes all that it has stored. @throws Error */
  clear(): void {
    clearStore(this.#scene.store, this.#subject.equipment, this.#name);
  }

  async #compare(target: string): Promise<void> {
    const { server, corpus } = this.#subject;
    const found = await fingerprint(server, target);
    if (found !== corpus.fingerprint)
      throw new Error(`what was restored is not what was saved:\n${found}\nand not\n${corpus.fingerprint}`);
  }
}
