/** What the first byte of a line tells: it begins a record, it goes on with the one before it, or the line has to be asked about. */
export const lineClass = { begins: 0, goesOn: 1, ask: 2 } as const;

/** One of {@link lineClass}. */
export type LineClass = (typeof lineClass)[keyof typeof lineClass];

/**
 * Tells which lines are one record. It sees the lines of one file in order; those of a record that was not finished come again, from its first line on.
 *
 * The first line behind a cursor begins a record, whatever it is; so does one that would make the record longer than `LOGS_MAX_LINE`. All others are
 * decided by the class of their first byte, and by {@link goesOn} where that is {@link lineClass.ask}.
 */
export interface Joiner {
  /** A {@link LineClass} for each of the 256 values that the first byte of a line may have. It never changes. */
  readonly classes: Uint8Array;
  /** The class of lines that hold nothing; a CR before the LF is nothing. */
  readonly empty: LineClass;
  /** Whether the line `chunk[from, to)`, without LF or CRLF, goes on with the record before it. */
  goesOn(chunk: Buffer, from: number, to: number): boolean;
  /**
   * Present where the answers depend on the lines of the record before: is told every line that begins one, `chunk[from, to)`, whether or not it was asked
   * about. What came before it is to be forgotten. Its absence makes joining faster.
   */
  begin?(chunk: Buffer, from: number, to: number): void;
}
