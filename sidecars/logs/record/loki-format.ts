import { Clock, stampIndex } from './clock.ts';
import { writeEnveloped } from './enveloped.ts';
import type { Frame, LineFormat, LogRecord, Parts, PieceMark } from './format.ts';

/** The fields of a record that can be labels of its stream. */
export const labelFields = ['file', 'host', 'stream'] as const;

/** What a stream of Loki is told beside its lines. */
export interface LokiFacts {
  readonly host: string;
  /** Labels of every stream; their names are valid in Loki. */
  readonly labels: Readonly<Record<string, string>>;
  /** Which of the fields are labels too; the others are structured metadata of each record. */
  readonly fields: readonly (typeof labelFields)[number][];
}

/** All records that have the same file and stream: their labels, their time, and what stands behind their lines. */
interface Origin {
  readonly open: Buffer;
  readonly clock: Clock;
  readonly metadata: Readonly<Record<string, string>>;
  readonly suffix: Buffer;
}

const frame = { begin: Buffer.from('{"streams":['), end: Buffer.from(']}'), close: Buffer.from(']}') };

/**
 * The JSON of Loki's push API: `{"streams":[{"stream":{…labels},"values":[["NANOSECONDS","LINE"],…]},…]}`. What is no label, and what tells the pieces of an
 * overlong line, is structured metadata: `["NANOSECONDS","LINE",{"partial_id":"…"}]`.
 * @see https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs
 */
export function lokiFormat(facts: LokiFacts): LineFormat {
  const isLabel: ReadonlySet<string> = new Set(facts.fields);
  const origins = new Map<string, Origin>();
  /** By the labels: several origins may share a stream, and then its time. */
  const clocks = new Map<string, Clock>();
  const originOf = (file: string, stream: string | undefined): Origin => {
    // as many as files are followed; a bound all the same
    if (origins.size >= 10_000) {
      origins.clear();
      clocks.clear();
    }
    return origins.getOrInsertComputed(`${stream ?? ''}:${file}`, () => {
      const fields = Object.entries({ file, host: facts.host, ...(stream === undefined ? {} : { stream }) });
      const labels = JSON.stringify({ ...facts.labels, ...Object.fromEntries(fields.filter(([name]) => isLabel.has(name))) });
      const metadata = Object.fromEntries(fields.filter(([name]) => !isLabel.has(name)));
      const clock = clocks.getOrInsertComputed(labels, () => new Clock());
      return { open: Buffer.from(`{"stream":${labels},"values":[`), clock, metadata, suffix: suffixOf(metadata) };
    });
  };
  const envelope = (file: string, time: Date | string, stream?: string, piece?: PieceMark) => {
    const { clock, metadata, suffix } = originOf(file, stream);
    const end = piece === undefined ? suffix : suffixOf({ ...metadata, ...marksOf(piece) });
    return { prefix: clock.prefix(time), suffix: end, stamp: stampIndex };
  };
  const write = ({ file, time, stream, message, piece }: LogRecord, output: Buffer, at: number, count: { repaired: number }) => {
    const written = writeEnveloped(envelope(file, time, stream, piece), message, output, at, count);
    if (written > 0) originOf(file, stream).clock.count();
    return written;
  };
  const open: Frame['open'] = (file, stream) => originOf(file, stream).open;
  const clock = (file: string, stream?: string) => originOf(file, stream).clock;
  return { contentType: 'application/json', envelope, write, clock, frame: { ...frame, open }, parts };
}

/** A name as labels have them in Prometheus and Loki; every other character becomes an underscore. */
export function labelName(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9_]/g, '_').replace(/^(?=\d)/, '_');
}

/** Which piece of an overlong line a record holds; values of structured metadata are texts. */
function marksOf({ id, ordinal, last }: PieceMark): Record<string, string> {
  return { partial_message: 'true', partial_id: id, partial_ordinal: String(ordinal), partial_last: String(last) };
}

function suffixOf(metadata: Readonly<Record<string, string>>): Buffer {
  return Buffer.from(Object.keys(metadata).length === 0 ? '"],' : `",${JSON.stringify(metadata)}],`);
}

/** Each part is a stream with one record. */
const parts: Parts = {
  split: (body) => {
    const { streams } = JSON.parse(body.toString()) as { streams: { stream: unknown; values: unknown[] }[] };
    return streams.flatMap(({ stream, values }) =>
      values.map((value) => Buffer.from(JSON.stringify({ stream, values: [value] }))),
    );
  },
  join: (records) => {
    const streams = records.flatMap((record, index) => (index === 0 ? [record] : [comma, record]));
    return Buffer.concat([frame.begin, ...streams, frame.end]);
  },
  record: (part) => part,
};
const comma = Buffer.from(',');
