/** A rate that no machine reaches: as fast as the kernel takes them. */
export const unbounded = 1e9;

/** What is to be sent. */
export interface FloodOrder {
  /** Of a frame, in bytes. */
  readonly size: number;
  /** Frames a second, at most; {@link unbounded} for as fast as can be. */
  readonly rate: number;
  /** How many frames, and then it ends. */
  readonly count: number;
}

/** What was sent. */
export interface Flooded {
  readonly sent: number;
  readonly seconds: number;
}

/** What the process that floods hears, one order after the other; `halt` ends one before its time. */
export type FloodAsked = { readonly order: FloodOrder } | { readonly halt: true };

/** What it says: that it is there, what was sent, or what went wrong. */
export type FloodTold = { readonly ready: true } | { readonly flooded: Flooded } | { readonly error: string };
