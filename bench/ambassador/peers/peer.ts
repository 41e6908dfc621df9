import type { Actor } from '../../stage.ts';

/** PEM files of a certificate and its key; `both` has the two in one file. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
  readonly both: string;
}

/** Ports of 127.0.0.1: what a proxy listens on, and where it connects to. Where there is a certificate, it ends TLS. */
export interface Route {
  readonly listen: number;
  readonly backend: number;
  readonly certificate?: Certificate;
}

/** What a proxy is told. */
export interface Task {
  /** An empty folder for its settings. */
  readonly folder: string;
  readonly routes: readonly Route[];
  /** The most connections at the same time. */
  readonly connections: number;
  /** Starts a program on the core of the proxies. */
  readonly start: (command: string, args: readonly string[], env?: NodeJS.ProcessEnv) => Actor;
  /** The words behind `node` that start the sidecar. */
  readonly sidecar: () => readonly string[];
}

/** What not every proxy does, or not in a way that could be measured: several routes at once, thousands of connections, TLS. */
export type Skill = 'routes' | 'idle' | 'tls';

/** Something that carries connections. */
export interface Peer {
  /** Its name in the tables and for --peers. */
  readonly name: string;
  readonly skills: readonly Skill[];
  /** Whether this machine has it. */
  readonly present: () => boolean;
  /** Whether it is the sidecar, which has to be bundled first. */
  readonly bundled?: true;
  /** Undefined for nothing at all: the load by itself, which is the most that there can be. */
  readonly start?: (task: Task) => Actor;
}
