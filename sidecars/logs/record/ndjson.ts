import { writeEnveloped } from './enveloped.ts';
import type { Envelope, Format, LineFormat, PieceMark } from './format.ts';
import { Recent } from './recent.ts';

/**
 * Newline-delimited JSON: `{"time","message","file","host","stream",…labels}`, `time` in RFC 3339, of the line itself or when it was read; `stream` where the
 * line tells. The members of a line that is JSON take the place of `message`, and of `time` where they have one.
 * The pieces of an overlong line have the fields that Docker and Fluentd use: `partial_message`, `partial_id`, `partial_ordinal`, `partial_last`.
 */
export function ndjson(host: string, labels: Readonly<Record<string, string>>): LineFormat {
  const tails = new Recent<Uint8Array>();
  const fields = (file: string, stream?: string, piece?: PieceMark) => {
    const partial = piece && {
      partial_message: true,
      partial_id: piece.id,
      partial_ordinal: piece.ordinal,
      partial_last: piece.last,
    };
    return Buffer.from(`",${JSON.stringify({ file, host, stream, ...labels, ...partial }).slice(1)}\n`);
  };
  let last: { readonly file: string; readonly stream: string | undefined; readonly tail: Uint8Array } | undefined;
  const suffixOf = (file: string, stream?: string, piece?: PieceMark) => {
    if (piece) return fields(file, stream, piece);
    if (last === undefined || last.file !== file || last.stream !== stream) last = { file, stream, tail: tailOf(file, stream) };
    return last.tail;
  };
  const tailOf = (file: string, stream?: string) => tails.of(`${stream ?? ''}:${file}`, () => fields(file, stream));
  const envelope = (file: string, time: Date | string, stream?: string, piece?: PieceMark): Envelope => ({
    prefix: Buffer.from(`{"time":"${typeof time === 'string' ? time : time.toISOString()}","message":"`),
    suffix: suffixOf(file, stream, piece),
  });
  const write: Format['write'] = (record, output, at, count) => {
    const { file, time, stream, message, fields: members, piece } = record;
    if (members === undefined) return writeEnveloped(envelope(file, time, stream, piece), message, output, at, count);
    const begin = `{"time":"${time}"${members === '' ? '' : ','}${members}`;
    // without the quote that ends a message
    const end = suffixOf(file, stream, piece).subarray(1);
    const length = Buffer.byteLength(begin) + end.length;
    if (at + length > output.length) return -length;
    output.write(begin, at);
    output.set(end, at + length - end.length);
    return length;
  };
  return { contentType: 'application/x-ndjson', envelope, write };
}
