import { isUtf8 } from 'node:buffer';
import { posix } from 'node:path';
import { sequenceLength } from './escape.ts';
import type { Format, LogRecord, Parts, PieceMark } from './format.ts';
import { Recent } from './recent.ts';

/** The facilities that applications send under, by name (RFC 5424, section 6.2.1; the names are those of syslog.h). */
export const facilities = {
  user: 1,
  daemon: 3,
  auth: 4,
  authpriv: 10,
  local0: 16,
  local1: 17,
  local2: 18,
  local3: 19,
  local4: 20,
  local5: 21,
  local6: 22,
  local7: 23,
} as const;

/** The severities (RFC 5424, section 6.2.1). */
export const severities = { emerg: 0, alert: 1, crit: 2, err: 3, warning: 4, notice: 5, info: 6, debug: 7 } as const;

/** What a syslog message says beside its line. */
export interface SyslogFacts {
  readonly host: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly facility: keyof typeof facilities;
  /** Of all records but those of the stream `stderr`, which have `err` where this is `info`. */
  readonly severity: keyof typeof severities;
  /** APP-NAME; the name of the file without its folder and its extension where it is not given. */
  readonly app: string | undefined;
}

/**
 * The enterprise number of our structured data. Names without one are only those that IANA knows, and we have no number of our own;
 * this is the one that is nobody's (RFC 5612). Receivers go by the name before it.
 */
const dataId = 'sidekick@32473';

/** The longest that these fields may be (RFC 5424, section 6). */
const longest = { host: 255, app: 48, name: 32 } as const;

/**
 * RFC 5424: `<PRI>1 TIME HOST APP - - [sidekick@32473 file="…" …labels] LINE`, each message with its length in bytes before it (RFC 6587, section 3.4.1; RFC
 * 5425, section 4.3), so that a line may hold anything, line ends too. The line has no byte order mark: it is UTF-8 all the same, and many receivers would take the
 * mark for a part of it. Ill-formed UTF-8 is repaired; control characters stay, and receivers escape them as they like. The pieces of an overlong line
 * have `partial_id`, `partial_ordinal` and `partial_last` in their structured data.
 * @param most bytes of a message at the most: a longer one becomes several, each with `part="1/3"` in its structured data; Infinity has none cut.
 */
export function syslogFormat(facts: SyslogFacts, most = Number.POSITIVE_INFINITY): Format {
  const { facility } = facts;
  const priorityOf = (stream: string | undefined) => {
    const severity = stream === 'stderr' && facts.severity === 'info' ? 'err' : facts.severity;
    return facilities[facility] * 8 + severities[severity];
  };
  const tails = new Recent<Buffer>();
  const tailOf = ({ file, stream, piece }: LogRecord) => {
    if (piece !== undefined) return tail(facts, file, stream, piece);
    return tails.of(`${stream ?? ''}:${file}`, () => tail(facts, file, stream));
  };
  /** What the last record had around its line; the next one often has the same. */
  let last = { file: '', stream: undefined as string | undefined, time: '', head: '', end: nothing };
  const around = (record: LogRecord): Around => {
    const { file, stream, time, piece } = record;
    if (piece !== undefined || file !== last.file || stream !== last.stream || time !== last.time) {
      const head = `<${priorityOf(stream)}>1 ${timestamp(time)}`;
      last = { file: piece === undefined ? file : '', stream, time, head, end: tailOf(record) };
    }
    return last;
  };
  const write: Format['write'] = (record, output, at, count) => {
    const { head, end } = around(record);
    const message = repaired(record.message);
    const room = most - head.length - end.length;
    const parts =
      message.bytes.length <= room
        ? [{ head, end, text: message.bytes }]
        : cut(message.bytes, room - partRoom).map((text, index, all) => ({
            head,
            end: withPart(end, `${index + 1}/${all.length}`),
            text,
          }));
    let need = 0;
    for (const part of parts) need += framed(lengthOf(part));
    if (at + need > output.length) return -need;
    let to = at;
    for (const part of parts) to += put(part, output, to);
    count.repaired += message.repaired;
    return need;
  };
  return { contentType: 'application/syslog', write, parts: messages };
}

const nothing: Buffer = Buffer.alloc(0);

/** What of a message stands before its line: up to the time, and from there on. */
interface Around {
  readonly head: string;
  readonly end: Buffer;
}

interface Message extends Around {
  readonly text: Uint8Array;
}

function lengthOf({ head, end, text }: Message): number {
  return head.length + end.length + text.length;
}

/** Writes a message with its length before it. @returns how many bytes these are. */
function put(message: Message, output: Buffer, at: number): number {
  const { head, end, text } = message;
  const from = at + output.write(`${lengthOf(message)} ${head}`, at, 'latin1');
  output.set(end, from);
  output.set(text, from + end.length);
  return from + end.length + text.length - at;
}

/** The messages of a body, each without the length before it. Nothing is copied. */
export function* messagesOf(body: Buffer): Generator<Buffer> {
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(0x20, at);
    const end = space + 1 + Number(body.toString('latin1', at, space));
    yield body.subarray(space + 1, end);
    at = end;
  }
}

const messages: Parts = {
  split: (body) => [...messagesOf(body)],
  join: (parts) => Buffer.concat(parts.flatMap((part) => [Buffer.from(`${part.length} `), part])),
  record: (part) => part,
};

/** Bytes that the count of parts takes at the most. */
const partRoom = ' part="99999/99999"'.length;

/** ` HOST APP - - [data] `, all that stands between the time and the line. */
function tail(facts: SyslogFacts, file: string, stream: string | undefined, piece?: PieceMark): Buffer {
  const { host, app, labels } = facts;
  const name = app ?? posix.basename(file, posix.extname(file));
  const partial = piece && {
    partial_id: piece.id,
    partial_ordinal: String(piece.ordinal),
    partial_last: String(piece.last),
  };
  const data = Object.entries({ file, ...(stream === undefined ? {} : { stream }), ...labels, ...partial });
  const text = data.map(([key, value]) => ` ${word(key.replaceAll(/[="\]]/g, '_'), longest.name)}="${escaped(value)}"`);
  return Buffer.from(` ${word(host, longest.host)} ${word(name, longest.app)} - - [${dataId}${text.join('')}] `);
}

/** A field of printable ASCII without spaces, of a length that receivers take; `-` says that there is nothing. */
function word(text: string, most: number): string {
  return text.replaceAll(/[^\x21-\x7e]/gu, '_').slice(0, most) || '-';
}

/** A value of structured data (RFC 5424, section 6.3.3). */
function escaped(value: string): string {
  return value.toWellFormed().replaceAll(/["\\\]]/g, '\\$&');
}

/** Adds a parameter to the structured data at the end of a tail. */
function withPart(end: Buffer, part: string): Buffer {
  return Buffer.concat([end.subarray(0, end.length - 2), Buffer.from(` part="${part}"] `)]);
}

/** RFC 5424 takes six digits of a fraction and no leap seconds, which RFC 3339 has; what is no such time is left out. */
function timestamp(time: string): string {
  const found = /^(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:)(\d\d)(\.\d{1,6})?\d*([Zz]|[+-]\d\d:\d\d)$/.exec(time);
  if (found === null) return '-';
  const [, day, minutes, seconds, fraction = '', zone = ''] = found;
  return `${day}T${minutes}${seconds === '60' ? '59' : seconds}${fraction}${zone.toUpperCase()}`;
}

/** Bytes of a message with its length before it. */
function framed(length: number): number {
  return String(length).length + 1 + length;
}

/** The message itself where it is well-formed UTF-8; else a copy in which each ill-formed sequence is U+FFFD, and how many they were. */
function repaired(message: Uint8Array): { readonly bytes: Uint8Array; readonly repaired: number } {
  if (isUtf8(message)) return { bytes: message, repaired: 0 };
  let count = 0;
  for (let at = 0; at < message.length; ) {
    const length = (message[at] as number) < 0x80 ? 1 : sequenceLength(message, at, message.length);
    if (length < 0) count += 1;
    at += Math.abs(length);
  }
  const { buffer, byteOffset, byteLength } = message;
  return { bytes: Buffer.from(Buffer.from(buffer, byteOffset, byteLength).toString('utf8')), repaired: count };
}

/** No piece of a line is smaller, in bytes, even where labels take nearly all of a message. */
const leastPiece = 512;

/** Cuts well-formed UTF-8 into pieces of up to so many bytes, between characters. */
function cut(text: Uint8Array, most: number): Uint8Array[] {
  const size = Math.max(most, leastPiece);
  const pieces: Uint8Array[] = [];
  for (let from = 0; from < text.length; ) {
    let to = Math.min(from + size, text.length);
    while (to < text.length && ((text[to] as number) & 0xc0) === 0x80) to -= 1;
    pieces.push(text.subarray(from, to));
    from = to;
  }
  return pieces;
}
