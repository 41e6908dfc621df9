import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bundled } from '../bundle.ts';
import { measure, startCommand } from '../measure.ts';
import type { Trial } from '../rounds.ts';
import type { Sample } from '../samples.ts';
import type { Equipment } from '../stores/equipment.ts';
import type { Setting } from '../stores/settings.ts';
import { clearStore, newStore, storedIn } from '../stores/store.ts';
import type { Corpus } from './corpora/corpus.ts';
import type { JobName, Peer, Scene } from './peers/peer.ts';

/** One round of a peer in a setting: its store and its state, from the first backup to the restore. */
export class FilesTrial implements Trial<JobName> {
  readonly peer: Peer;
  readonly setting: Setting;
  readonly #equipment: Equipment;
  readonly #corpus: Corpus;
  readonly #name: string;
  readonly #scene: Scene;

  /** Makes an empty store. @throws Error where the setting needs what is not there. */
  constructor(equipment: Equipment, corpus: Corpus, setting: Setting, peer: Peer) {
    const { stage, age } = equipment;
    this.peer = peer;
    this.setting = setting;
    this.#equipment = equipment;
    this.#corpus = corpus;
    this.#name = [corpus.name, setting.name, peer.name].join('-');
    this.#scene = {
      corpus: corpus.folder,
      store: newStore(equipment, setting, this.#name),
      state: stage.newFolder(join(this.#name, 'state')),
      out: stage.newFolder(join(this.#name, 'out')),
      age: setting.encrypted ? age : undefined,
      sidecar: () => bundled(stage, 'backup'),
    };
  }

  get failing(): string {
    return `${this.peer.name} failed at ${this.#corpus.name}, ${this.setting.name}`;
  }

  /**
   * Does a job; what was restored is removed again.
   * @param compare whether what was restored is compared with the corpus.
   * @returns undefined where the peer does not do such a job. @throws Error where it fails at it.
   */
  async run(job: JobName, compare: boolean): Promise<Sample | undefined> {
    const way = this.peer.jobs[job];
    if (way === undefined) return undefined;
    const { stage } = this.#equipment;
    if (job === 'first' && this.peer.prepare !== undefined)
      await startCommand(stage, this.#name, this.peer.prepare(this.#scene)).ended();
    const before = storedIn(this.#scene.store, this.#equipment);
    const sample = await measure(stage, this.#name, way.command(this.#scene));
    if (job !== 'restore') return { ...sample, stored: storedIn(this.#scene.store, this.#equipment) - before };
    if (compare) this.#compare();
    this.#emptyOut();
    return { ...sample, stored: Number.NaN };
  }

  /** Removes all that it has stored. @throws Error */
  clear(): void {
    clearStore(this.#scene.store, this.#equipment, this.#name);
  }

  #compare(): void {
    const words = ['-r', '-q', this.#corpus.folder, this.peer.restored(this.#scene)];
    const { status, stdout, stderr, error } = spawnSync('diff', words, { encoding: 'utf8', maxBuffer: 2 ** 26 });
    if (status !== 0)
      throw new Error(`what was restored is not what was saved: ${error?.message ?? (stdout + stderr).slice(0, 1000)}`);
  }

  #emptyOut(): void {
    const { out } = this.#scene;
    for (const name of readdirSync(out)) rmSync(join(out, name), { recursive: true });
  }
}
