import type { Command } from '../../measure.ts';
import type { AgeKey } from '../../stores/equipment.ts';
import type { SettingName } from '../../stores/settings.ts';
import type { Store } from '../../stores/store.ts';
import type { Tool } from '../../tools.ts';

/** What is measured, in the order of the tables. */
export const jobNames = ['first', 'again', 'restore'] as const;

/** A first backup, one more of the same, and what the first one saved put back. */
export type JobName = (typeof jobNames)[number];

/** What a peer is told. */
export interface Scene {
  /** The folder to be saved. */
  readonly corpus: string;
  readonly store: Store;
  /** A folder of the peer's own, which stays from one job to the next, for its state and caches. */
  readonly state: string;
  /** An empty folder to restore to. */
  readonly out: string;
  /** Undefined where nothing is to be encrypted. */
  readonly age: AgeKey | undefined;
  /** The words behind `node` that start the sidecar. */
  readonly sidecar: () => readonly string[];
}

/** One way to do a job. */
export interface Way {
  /** Its name in the tables. */
  readonly title: string;
  readonly command: (scene: Scene) => Command;
}

/** Something that saves and restores files. */
export interface Peer {
  /** Its name for --peers. */
  readonly name: string;
  readonly settings: readonly SettingName[];
  /** What PATH has to have. */
  readonly tools: readonly Tool[];
  /** Whether it is the sidecar, which has to be there, and bundled first. */
  readonly bundled?: true;
  /** What makes the store ready; it is not measured. */
  readonly prepare?: (scene: Scene) => Command;
  readonly jobs: Readonly<Partial<Record<JobName, Way>>>;
  /** Where it restores the folder of the corpus to. */
  readonly restored: (scene: Scene) => string;
}
