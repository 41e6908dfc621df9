import type { IncomingMessage } from 'node:http';
import { demand, demandMembers } from './demand.ts';
import type { Protocol, ReceivedBatch, ReceivedRecord } from './receiver.ts';

/** Where a record is in Loki. */
export interface Place {
  /** The labels of its stream. */
  readonly labels: Readonly<Record<string, string>>;
  /** Nanoseconds since 1970. */
  readonly stamp: string;
  /** Its structured metadata. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Loki's push API over JSON, strictly: the members, their types and their order, names of labels, stamps in nanoseconds. As Loki does, it takes what it can of
 * a push and answers 400 for the rest, and takes records of one stream with the same stamp and text for one. As ours never do, it throws where two of a stream
 * have one stamp.
 * @see https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs
 */
export class Loki implements Protocol {
  readonly prefix = 'loki+';
  readonly path = '';
  /** Says of a record why it is refused, as limits do. */
  refuse: (record: ReceivedRecord) => string | undefined = () => undefined;
  readonly #places = new WeakMap<ReceivedRecord, Place>();
  /** The texts of each stream, by stamp. */
  readonly #streams = new Map<string, Map<string, string>>();

  /** Where a record is. */
  placeOf(record: ReceivedRecord): Place {
    const place = this.#places.get(record);
    if (place === undefined) throw new Error('no such record');
    return place;
  }

  read({ url, headers }: IncomingMessage, body: Buffer): ReceivedBatch {
    demand(url === '/loki/api/v1/push', `a push to ${url}`);
    demand(headers['content-type'] === 'application/json', `a push of the type ${headers['content-type']}`);
    const push: { streams: { stream: object; values: unknown[] }[] } = JSON.parse(
      new TextDecoder('utf-8', { fatal: true }).decode(body),
    );
    demandMembers(push, 'streams');
    demand(Array.isArray(push.streams) && push.streams.length > 0, 'a push without streams');
    return { id: '', headers, records: push.streams.flatMap((group) => this.#recordsOf(group)) };
  }

  take({ records }: ReceivedBatch): ReturnType<Protocol['take']> {
    const refused = records.flatMap((record) => this.refuse(record) ?? []);
    const kept = records.filter((record) => this.refuse(record) === undefined && this.#isNew(record));
    const body = refused.map((reason) => `entry ignored, reason: '${reason}'`).join('\n');
    return { status: refused.length > 0 ? 400 : 200, body, kept };
  }

  #isNew(record: ReceivedRecord): boolean {
    const { labels, stamp } = this.placeOf(record);
    const texts = this.#streams.getOrInsertComputed(JSON.stringify(labels), () => new Map());
    const text = texts.get(stamp);
    demand(text === undefined || text === record.message, `two records of one stream at ${stamp}: ${text} and ${record.message}`);
    texts.set(stamp, record.message);
    return text === undefined;
  }

  #recordsOf(group: { stream: object; values: unknown[] }): ReceivedRecord[] {
    demandMembers(group, 'stream', 'values');
    const { stream: labels, values } = group;
    demand(isTexts(labels) && Object.keys(labels).length > 0, `a stream with the labels ${JSON.stringify(labels)}`);
    for (const name of Object.keys(labels)) demand(/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name), `the label ${name}`);
    demand(Array.isArray(values) && values.length > 0, 'a stream without values');
    return values.map((value) => this.#recordOf(labels, value));
  }

  #recordOf(labels: Readonly<Record<string, string>>, value: unknown): ReceivedRecord {
    const said = `the value ${JSON.stringify(value)}`;
    demand(Array.isArray(value) && (value.length === 2 || value.length === 3), said);
    const [stamp, message, metadata = {}]: unknown[] = value;
    demand(typeof stamp === 'string' && /^\d{19}$/.test(stamp) && typeof message === 'string', said);
    demand(isTexts(metadata) && Object.keys(metadata).length > value.length - 3, said);
    const record = recordOf(stamp, message, { ...labels, ...metadata });
    this.#places.set(record, { labels, stamp, metadata });
    return record;
  }
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject && Object.values(value).every((text) => typeof text === 'string');
}

/** A record as other receivers have it. */
function recordOf(stamp: string, message: string, fields: Readonly<Record<string, string>>): ReceivedRecord {
  const { file = '', host = '', partial_message, partial_ordinal, partial_last, ...others } = fields;
  const piece = {
    partial_message: partial_message === 'true',
    partial_ordinal: Number(partial_ordinal),
    partial_last: partial_last === 'true',
  };
  const time = new Date(Number(BigInt(stamp) / 1_000_000n)).toISOString();
  return { time, message, file, host, ...others, ...(partial_message === undefined ? {} : piece) };
}
