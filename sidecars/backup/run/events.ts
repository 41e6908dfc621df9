import type { Manifest } from '../catalog/manifest.ts';

/** What a run does at the moment. */
export type Phase =
  | 'waiting'
  | 'dumping'
  | 'reading'
  | 'storing'
  | 'verifying'
  | 'drilling'
  | 'comparing'
  | 'pruning'
  | 'restoring';

/** How far a run is. Bytes are those of the sources, before compression. */
export interface Progress {
  readonly phase: Phase;
  readonly bytes: number;
  /** How many bytes there will be, as far as one can tell; undefined where one cannot. */
  readonly total: number | undefined;
  readonly files: number;
}

/** How a run ended. */
export type Outcome =
  /** A backup is in every store. */
  | 'saved'
  /** A backup is in some of the stores. */
  | 'partial'
  /** A backup is there, and is not called good. */
  | 'suspicious'
  /** A backup is there, and the drill that was due did not prove it. */
  | 'unproven'
  /** Another one had done it, or was doing it. */
  | 'skipped'
  /** No backup was made. */
  | 'failed';

/** What a run did in one store. */
export interface StoreResult {
  readonly name: string;
  /** What was wrong; null where nothing was. */
  readonly failure: string | null;
  /** How many backups it has now, and how many were removed by retention. */
  readonly retained: number;
  readonly removed: number;
}

/** What became of a run. */
export interface RunResult {
  readonly outcome: Outcome;
  /** What is to be known about it; null where it went as it should. */
  readonly reason: string | null;
  readonly manifest: Manifest | null;
  readonly stores: readonly StoreResult[];
  /** How long it took, in seconds. */
  readonly seconds: number;
  /** The exit code of `backup now`. */
  readonly code: number;
}

/** A line of JSON on the standard output of `backup now`, where that is no terminal. */
export type RunEvent = ({ readonly event: 'progress' } & Progress) | ({ readonly event: 'ended' } & RunResult);
