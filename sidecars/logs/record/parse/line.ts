/** What one line of a file tells. */
export interface Line {
  /** What it says, in UTF-8 that may be ill-formed, without a line end. It may be a view of the chunk. */
  readonly message: Buffer;
  /** The same as text, where it was needed to read the line. */
  readonly text?: string | undefined;
  /** `stdout` or `stderr`, where the line tells. */
  readonly stream?: string | undefined;
  /** RFC 3339, where the line tells. */
  readonly time?: string | undefined;
  /** True where the next line of its stream goes on with it. */
  readonly partial?: boolean;
  /** The text of a JSON object that is a field of the record. */
  readonly attrs?: string | undefined;
  /** True where it is a JSON object, whose members are fields of the record: such a line is a record by itself. */
  readonly object?: boolean;
  /** Ill-formed UTF-8 sequences that are U+FFFD in it. */
  readonly repaired?: number;
}

/** Reads a line, `chunk[from, to)` without its LF or CRLF. What is not in the format is a message as it stands: nothing is lost, and nothing is thrown. */
export type Parse = (chunk: Buffer, from: number, to: number) => Line;
