/** The way that a toxic works on: from the client to the backend, or back. */
export type Stream = 'upstream' | 'downstream';

/** The numbers of a toxic by their names in toxiproxy; whole, from 0. */
export type Attributes<N extends string = string> = Readonly<Record<N, number>>;

/** A fault that is injected into a route on purpose, in toxiproxy's words. Never changed: a changed toxic is another object. */
export interface Toxic {
  /** Unique in its route. */
  readonly name: string;
  /** The name of its {@link ToxicKind}. */
  readonly type: string;
  readonly stream: Stream;
  /** The share of connections that it works on, from 0 to 1. */
  readonly toxicity: number;
  readonly attributes: Attributes;
}

/** How a stream ends: its sender closed it, a toxic closes the connection, or its sender reset it. */
export type End = 'fin' | 'close' | 'reset';

/** The first of what a toxic holds. */
export interface Head {
  /** How many bytes; 0 where it is the end of the stream. */
  readonly size: number;
  readonly end: End | undefined;
  /** When it came to the toxic, by `performance.now()`. */
  readonly since: number;
  /** A random number from -1 to below 1, drawn when it came. */
  readonly luck: number;
}

/** What becomes of the {@link Head}. What is decided is done. */
export type Verdict =
  /** So many of its bytes, or the end, go on now. */
  { readonly do: 'pass'; readonly bytes: number } | Idle;

/** What may become of a connection while nothing is held. */
export type Idle =
  /** To be asked again at that time, or when something changes. */
  | { readonly do: 'wait'; readonly until: number }
  /** The same, but nothing passes then either. */
  | { readonly do: 'hold'; readonly until: number }
  /** The connection is closed once what was passed before has arrived; what is held is lost. */
  | { readonly do: 'close' }
  /** The connection is reset at once. */
  | { readonly do: 'reset' };

/** When a verdict is asked for, by `performance.now()`. */
export interface Moment {
  readonly now: number;
  /** When the toxic came to this connection, or was changed. */
  readonly began: number;
}

/** A toxic at work on one connection; it may remember what it did. */
export interface Effect<N extends string = string> {
  next(head: Head, attributes: Attributes<N>, moment: Moment): Verdict;
  /** Asked while nothing is held, where there is something to decide then. */
  idle?(attributes: Attributes<N>, moment: Moment): Idle;
}

/** What toxics of one type do. */
export interface ToxicKind<N extends string = string> {
  /** Its name in toxiproxy. */
  readonly type: string;
  /** Each is 0 where it is not given. */
  readonly attributes: readonly N[];
  /** What is wrong between attributes that are right one by one. */
  conflict?(attributes: Attributes<N>): string | undefined;
  /** Begins its work on a connection. */
  begin(): Effect<N>;
}

/** All of the head goes on. */
export const pass: Verdict = { do: 'pass', bytes: Number.POSITIVE_INFINITY };

/** What is held stays until the toxic is changed or removed. */
export const hold: Idle = { do: 'hold', until: Number.POSITIVE_INFINITY };

/** How far behind its timetable a toxic may catch up, in milliseconds: timers are late by a little, and what stood still for long must not rush after. */
export const catchUp = 20;
