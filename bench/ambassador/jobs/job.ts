import type { Service } from '../load/backend.ts';
import type { Load } from '../load/load.ts';
import type { Tasks, TlsTasks } from '../load/task.ts';
import type { Skill } from '../peers/peer.ts';

/** A number that a job finds. */
export interface Measure {
  readonly key: string;
  /** What it is, with its unit. */
  readonly title: string;
  /** Behind the point. */
  readonly digits: number;
  /** What tells about the others, and is not compared itself. */
  readonly aside?: true;
}

/** What a job works with: loads, and a proxy that is ready and fresh. */
export interface Scene {
  readonly load: Load<Tasks>;
  /** Another one, with another backend, which comes before the first on their core. */
  readonly other: Load<Tasks>;
  readonly tls: Load<TlsTasks>;
  /** The ports that lead to the backend of the first load, to that of the other, and by TLS to that of the first. */
  readonly ports: { readonly load: number; readonly other: number; readonly tls: number };
  /** The id of the proxy; undefined where there is none. */
  readonly proxy: number | undefined;
  /** How long each thing is measured, in seconds. */
  readonly seconds: number;
  /** How bulk data is sent. */
  readonly source: Service;
}

/** One shape of work. */
export interface Job {
  /** Its name for --only; several may share one. */
  readonly name: string;
  readonly measures: readonly Measure[];
  /** What a proxy has to be able to do. */
  readonly needs?: Skill;
  /** Gives a value for each measure, by its key. @throws Error where the proxy fails at it. */
  readonly run: (scene: Scene) => Promise<Readonly<Record<string, number>>>;
}
