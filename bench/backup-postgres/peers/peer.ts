import type { Command } from '../../measure.ts';
import type { AgeKey } from '../../stores/equipment.ts';
import type { Setting, SettingName } from '../../stores/settings.ts';
import type { Store } from '../../stores/store.ts';
import type { Tool } from '../../tools.ts';
import type { Major } from '../programs.ts';

/** What is measured, in the order of the table and of work: what is restored is what was dumped before. */
export const jobNames = ['first', 'restore', 'drill'] as const;

/** A dump; what it saved brought back into a new database; and that, compared and dropped again, as the sidecar does it to try a backup. */
export type JobName = (typeof jobNames)[number];

/** What a peer is told. */
export interface Scene {
  readonly major: Major;
  /** What every program is told: PATH, and how to reach the server. */
  readonly variables: Readonly<Record<string, string>>;
  /** The server without a database: `postgres://127.0.0.1:5432`. */
  readonly server: string;
  /** The database to be saved. */
  readonly database: string;
  /** The one to restore into, which is not there. */
  readonly target: string;
  readonly store: Store;
  /** A folder of the peer's own for its state. */
  readonly state: string;
  /** A folder for what is on the disk meanwhile. */
  readonly tmp: string;
  /** Undefined where nothing is to be encrypted. */
  readonly age: AgeKey | undefined;
  /** The words behind `node` that start the sidecar. */
  readonly sidecar: () => readonly string[];
}

/** One way to do a job. */
export interface Way {
  /** Its name in the table. */
  readonly title: (setting: Setting, major: Major) => string;
  readonly command: (scene: Scene) => Command;
}

/** Something that dumps and restores a database. */
export interface Peer {
  /** Its name for --peers. */
  readonly name: string;
  readonly settings: readonly SettingName[];
  /** What PATH has to have, beside the programs of PostgreSQL and what a setting takes. */
  readonly tools: (major: Major) => readonly Tool[];
  /** Whether it is the sidecar, which has to be there, and bundled first. */
  readonly bundled?: true;
  readonly jobs: Readonly<Partial<Record<JobName, Way>>>;
}
