import { randomBytes } from 'node:crypto';
import { writeEnveloped } from './enveloped.ts';
import type { LineFormat, LogRecord, Parts, PieceMark } from './format.ts';
import { lines } from './parts.ts';
import { Recent } from './recent.ts';

/** Digits of the number of an envelope, and of that of a record within it. */
const digits = 9;

/**
 * The bulk format of Elasticsearch and OpenSearch: for each record a line that asks to create a document, and the document, which is the record of NDJSON with
 * `@timestamp` for `time`. `create` and `@timestamp` are what data streams ask for; the index is named by the path.
 * Each document has an `_id` of its own, which stays the same when it is sent again: what arrived before its answer was lost is found to be there already
 * (409) and not stored twice. It begins with the time, as ids that begin alike and grow are the cheapest to look up.
 * @see https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk
 */
export function bulkFormat(host: string, labels: Readonly<Record<string, string>>): LineFormat & { readonly parts: Parts } {
  const run = `${Date.now().toString(36)}${randomBytes(9).toString('base64url')}`;
  let envelopes = 0;
  const tails = new Recent<Buffer>();
  const tailOf = (file: string, stream?: string, piece?: PieceMark) => {
    const tail = () => Buffer.from(`",${JSON.stringify({ file, host, stream, ...labels, ...marksOf(piece) }).slice(1)}\n`);
    if (piece !== undefined) return tail();
    return tails.of(`${stream ?? ''}:${file}`, tail);
  };
  const action = () => {
    envelopes += 1;
    return `{"create":{"_id":"${run}-${envelopes.toString(36).padStart(digits, '0')}-${'0'.repeat(digits)}`;
  };
  const envelope = (file: string, time: Date | string, stream?: string, piece?: PieceMark) => {
    const create = action();
    const at = typeof time === 'string' ? time : time.toISOString();
    const prefix = Buffer.from(`${create}"}}\n{"@timestamp":"${at}","message":"`);
    return { prefix, suffix: tailOf(file, stream, piece), stamp: create.length - 1 };
  };
  const write = (record: LogRecord, output: Buffer, at: number, count: { repaired: number }) => {
    const { file, time, stream, message, piece, fields } = record;
    if (fields === undefined) return writeEnveloped(envelope(file, time, stream, piece), message, output, at, count);
    const begin = `${action()}"}}\n{"@timestamp":"${time}"${fields === '' ? '' : ','}${fields}`;
    // without the quote that ends a message
    const end = tailOf(file, stream, piece).subarray(1);
    const length = Buffer.byteLength(begin) + end.length;
    if (at + length > output.length) return -length;
    output.write(begin, at);
    output.set(end, at + length - end.length);
    return length;
  };
  return { contentType: 'application/x-ndjson', envelope, write, parts: lines(2) };
}

function marksOf(piece: PieceMark | undefined): Record<string, unknown> {
  return piece ? { partial_message: true, partial_id: piece.id, partial_ordinal: piece.ordinal, partial_last: piece.last } : {};
}
