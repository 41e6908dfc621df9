import { type Tally, tallyFrom } from './tally.ts';

/** A place in a file up to which it was read, or acknowledged. */
export interface Cursor {
  /** Bytes from the start of the file. */
  readonly offset: number;
  /** Set where the place is inside of an overlong line of which pieces were shipped. */
  readonly piece?: Piece;
  /** What the bytes before it were, as far as they were read; absent where nobody has counted yet. */
  readonly tally?: Tally;
}

/** How much of an overlong line lies before a cursor. */
export interface Piece {
  /** Offset at which the line begins. */
  readonly lineStart: number;
  /** Number of pieces before the cursor. */
  readonly ordinal: number;
}

/** The start of a file. */
export const beginning: Cursor = { offset: 0, tally: tallyFrom(0) };
