import type { Clock } from './clock.ts';

/** What stands around the message of a record; the message itself is encoded between the two. */
export interface Envelope {
  readonly prefix: Uint8Array;
  readonly suffix: Uint8Array;
  /**
   * Set where the prefix holds a decimal number that is one more for each further record: the index of its last digit. The number is counted on in
   * the prefix itself, and has room for as many.
   */
  readonly stamp?: number;
}

/** Which piece of an overlong line a record holds. */
export interface PieceMark {
  /** The same for all pieces of one line. */
  readonly id: string;
  /** 1 for the first piece. */
  readonly ordinal: number;
  /** True for the piece that ends the line. */
  readonly last: boolean;
}

/** A record before it is written for a sink. */
export interface LogRecord {
  /** The name of its file. */
  readonly file: string;
  /** RFC 3339, UTC or with an offset: what the line itself tells, else when it was read. */
  readonly time: string;
  /** `stdout` or `stderr`, where the line tells. */
  readonly stream: string | undefined;
  /** Its message in UTF-8 that may be ill-formed, without the line end. */
  readonly message: Uint8Array;
  /** Where the line is a JSON object: its members without the braces, well-formed; may be empty. Sinks of JSON merge them; others write the message. */
  readonly fields: string | undefined;
  readonly piece: PieceMark | undefined;
}

/** Where a sink wants records in groups, such as Loki in streams: what stands between them. */
export interface Frame {
  /** The beginning and the end of a body. */
  readonly begin: Uint8Array;
  readonly end: Uint8Array;
  /** The end of a group. It takes the place of the last byte of its last record, which separates records. */
  readonly close: Uint8Array;
  /** The beginning of the group of such records. */
  readonly open: (file: string, stream: string | undefined) => Uint8Array;
}

/** How a body is taken apart into its records, and put together again of some of them. Each part can stand alone in a body. */
export interface Parts {
  /** The records of a body, each without what only separates it from the next. */
  readonly split: (body: Buffer) => Uint8Array[];
  readonly join: (parts: readonly Uint8Array[]) => Buffer;
  /** What of a part is the record itself, for a person to read. */
  readonly record: (part: Uint8Array) => Uint8Array;
}

/**
 * How records are written for a sink: one of these for each wire format.
 * The bodies of all batches are records written one after the other, in a frame where there is one.
 */
export interface Format {
  /** The media type of a body. */
  readonly contentType: string;
  /**
   * Writes a record into `output` from `at` on, and adds the ill-formed sequences that became U+FFFD to `count`.
   * @returns how many bytes it took; or, below zero, minus how many it would take at the most, where it does not fit.
   */
  readonly write: (record: LogRecord, output: Buffer, at: number, count: { repaired: number }) => number;
  /**
   * Present where every record is its message as the inside of a JSON string, in an envelope: then all lines of a chunk are written in one go.
   * `stream` and `time` may be told by the lines: then `time` is the text of RFC 3339.
   */
  readonly envelope?: (file: string, time: Date | string, stream?: string, piece?: PieceMark) => Envelope;
  /** Present where the stamp of an envelope is a time in nanoseconds since 1970, of 19 digits, and nothing else tells the time: what hands it out. */
  readonly clock?: (file: string, stream?: string) => Clock;
  readonly frame?: Frame;
  /** How a body of it is taken apart; lines where it is not given. */
  readonly parts?: Parts;
}

/** A format in which many lines can be written in one go. */
export type LineFormat = Format & Required<Pick<Format, 'envelope'>>;
