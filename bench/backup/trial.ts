import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { bundled } from '../bundle.ts';
import type { Actor } from '../stage.ts';
import { cpuOfEndedChildren, TreeWatch } from '../usage.ts';
import type { Corpus } from './corpora/corpus.ts';
import type { Equipment } from './equipment.ts';
import type { Command, JobName, Peer, Scene, Store } from './peers/peer.ts';
import type { Sample } from './results.ts';
import type { Setting } from './settings.ts';

/** One round of a peer in a setting: its store and its state, from the first backup to the restore. */
export class Trial {
  readonly peer: Peer;
  readonly setting: Setting;
  readonly #equipment: Equipment;
  readonly #corpus: Corpus;
  readonly #name: string;
  readonly #scene: Scene;

  /** Makes an empty store. @throws Error where the setting needs what is not there. */
  constructor(equipment: Equipment, corpus: Corpus, setting: Setting, peer: Peer) {
    const { stage, age, bucket } = equipment;
    this.peer = peer;
    this.setting = setting;
    this.#equipment = equipment;
    this.#corpus = corpus;
    this.#name = [corpus.name, setting.name, peer.name].join('-');
    const store: Store | undefined =
      setting.store === 'folder'
        ? { kind: 'folder', path: stage.newFolder(join(this.#name, 'store')) }
        : bucket && { kind: 's3', endpoint: bucket.endpoint, bucket: bucket.name, prefix: this.#name };
    if (store === undefined) throw new Error(`${this.#name} needs S3`);
    this.#scene = {
      corpus: corpus.folder,
      store,
      state: stage.newFolder(join(this.#name, 'state')),
      out: stage.newFolder(join(this.#name, 'out')),
      age: setting.encrypted ? age : undefined,
      sidecar: () => bundled(stage, 'backup'),
    };
  }

  /**
   * Does a job; what was restored is removed again.
   * @param compare whether what was restored is compared with the corpus.
   * @returns undefined where the peer does not do such a job. @throws Error where it fails at it.
   */
  async run(job: JobName, compare: boolean): Promise<Sample | undefined> {
    const way = this.peer.jobs[job];
    if (way === undefined) return undefined;
    if (job === 'first' && this.peer.prepare !== undefined) await this.#start(this.peer.prepare(this.#scene)).ended();
    const before = this.#stored();
    const sample = await this.#measure(way.command(this.#scene));
    if (job !== 'restore') return { ...sample, stored: this.#stored() - before };
    if (compare) this.#compare();
    this.#emptyOut();
    return { ...sample, stored: Number.NaN };
  }

  /** Removes all that it has stored. @throws Error */
  clear(): void {
    rmSync(join(this.#equipment.stage.folder, this.#name), { recursive: true, force: true });
    if (this.#scene.store.kind === 's3') this.#equipment.bucket?.empty(this.#scene.store.prefix);
  }

  #start({ command, args, env, folder }: Command): Actor {
    return this.#equipment.stage.start(this.#name, command, args, { env, ...(folder !== undefined && { cwd: folder }) });
  }

  async #measure(command: Command): Promise<Omit<Sample, 'stored'>> {
    // what others have left to be written is not for this one to wait for
    spawnSync('sync', ['-f', this.#equipment.stage.folder]);
    const before = cpuOfEndedChildren();
    const begun = performance.now();
    const actor = this.#start(command);
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

  #stored(): number {
    const { store } = this.#scene;
    if (store.kind === 's3') return this.#equipment.bucket?.size(store.prefix) ?? Number.NaN;
    const entries = readdirSync(store.path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return entries.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
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
