/** A reply of Redis, and where in the bytes it ends. */
export interface Reply {
  /** Null where there is no such key. An Error is what Redis said against the command. */
  readonly value: string | number | null | Error;
  readonly end: number;
}

const CRLF = '\r\n';

/**
 * Reads the reply that begins at a place; undefined where its end has not come yet. Arrays are none of the commands' here.
 * @throws Error where the bytes are no reply.
 * @see https://redis.io/docs/latest/develop/reference/protocol-spec/
 */
export function readReply(bytes: Buffer, at: number): Reply | undefined {
  const close = bytes.indexOf(CRLF, at);
  if (close < 0) return undefined;
  const type = String.fromCharCode(bytes[at] ?? 0);
  const line = bytes.toString('utf8', at + 1, close);
  const end = close + CRLF.length;
  if (type === '+') return { value: line, end };
  if (type === ':') return { value: Number(line), end };
  if (type === '-') return { value: new Error(line), end };
  if (type !== '$') throw new Error(`a reply begins with ${JSON.stringify(type)}, and only +, -, : and $ are known here`);
  const length = Number(line);
  if (length < 0) return { value: null, end };
  if (bytes.length < end + length + CRLF.length) return undefined;
  return { value: bytes.toString('utf8', end, end + length), end: end + length + CRLF.length };
}
