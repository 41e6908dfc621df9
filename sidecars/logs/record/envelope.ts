/** What stands around the message of a record; the message itself is encoded between the two. */
export interface Envelope {
  readonly prefix: Uint8Array;
  readonly suffix: Uint8Array;
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

/**
 * How records are written for a sink: one of these for each wire format.
 * The bodies of all batches are records written one after the other.
 */
export interface Format {
  /** The media type of a body. */
  readonly contentType: string;
  /** The envelope for lines of one file that were read at `time`. */
  readonly envelope: (file: string, time: Date, piece?: PieceMark) => Envelope;
}

/**
 * Newline-delimited JSON: `{"time","message","file","host",…labels}`, `time` in RFC 3339 when the line was read.
 * The pieces of an overlong line have the fields that Docker and Fluentd use: `partial_message`, `partial_id`, `partial_ordinal`, `partial_last`.
 */
export function ndjson(host: string, labels: Readonly<Record<string, string>>): Format {
  const tails = new Map<string, Uint8Array>();
  const fields = (file: string, piece?: PieceMark) => {
    const partial = piece && {
      partial_message: true,
      partial_id: piece.id,
      partial_ordinal: piece.ordinal,
      partial_last: piece.last,
    };
    return Buffer.from(`",${JSON.stringify({ file, host, ...labels, ...partial }).slice(1)}\n`);
  };
  return {
    contentType: 'application/x-ndjson',
    envelope: (file, time, piece) => {
      let suffix = piece ? fields(file, piece) : tails.get(file);
      if (suffix === undefined) {
        // rotated files keep the name they had, so that there are no more names than files followed; a bound all the same
        if (tails.size >= 10_000) tails.clear();
        suffix = fields(file);
        tails.set(file, suffix);
      }
      return { prefix: Buffer.from(`{"time":"${time.toISOString()}","message":"`), suffix };
    },
  };
}
