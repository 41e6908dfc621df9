import { type IncomingMessage, request } from 'node:http';
import { isIPv6, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { codeOf, messageOf } from '#shared/exit.ts';
import { CheckFailure, type Verdict } from './outcome.ts';

/** What is asked for. */
export interface HttpQuestion {
  readonly host: string;
  readonly port: number;
  /** Path and query. */
  readonly path: string;
  /** The port that the scheme has anyway, which is not named in the Host field (RFC 9110, section 7.2). */
  readonly defaultPort: number;
}

/** Reads what it needs of an answer that is well. @throws Error in words where it is not what it should be, or the signal's reason. */
export type TakeAnswer = (answer: IncomingMessage, signal: AbortSignal) => Promise<void>;

/**
 * Asks for a path over a connection and closes it as soon as the header of the answer is there. Redirections are not followed.
 * @param socket a connection, with TLS begun where the scheme wants it; it is closed in any case.
 * @param take reads the body; where it is not given, nobody does.
 * @returns what it answers: `HTTP 200 OK`; it is well where that is 2xx or 3xx.
 * @throws CheckFailure in words where it does not answer, or the signal's reason.
 */
export async function askHttp(socket: Socket, question: HttpQuestion, signal: AbortSignal, take?: TakeAnswer): Promise<Verdict> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const { path } = question;
  const headers = { host: hostField(question), connection: 'close', accept: '*/*', 'user-agent': 'sidekick-netprobe' };
  const asked = request({ createConnection: (): Duplex => socket, path, headers });
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort);
  asked.on('response', resolve).on('upgrade', resolve);
  asked.on('error', (error) => reject(new CheckFailure(httpWords(error), { cause: error })));
  asked.on('close', () => reject(new CheckFailure('the connection is closed without an answer')));
  try {
    signal.throwIfAborted();
    asked.end();
    const answer = await promise;
    const { statusCode = 0, statusMessage = '' } = answer;
    const told = `HTTP ${statusCode} ${statusMessage}`.trimEnd();
    const ok = statusCode >= 200 && statusCode <= 399;
    if (ok) await take?.(answer, signal);
    return { ok, detail: told };
  } finally {
    signal.removeEventListener('abort', abort);
    asked.destroy();
    socket.destroy();
  }
}

function hostField({ host, port, defaultPort }: HttpQuestion): string {
  const name = isIPv6(host) ? `[${host.replace(/%.*/, '')}]` : host;
  return port === defaultPort ? name : `${name}:${port}`;
}

function httpWords(error: unknown): string {
  const code = codeOf(error);
  if (code === 'HPE_HEADER_OVERFLOW') return 'the header of its answer is too long: more than 16 KiB';
  if (code?.startsWith('HPE_')) return `it does not answer in HTTP: ${messageOf(error)}`;
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'the connection is closed without an answer';
  return messageOf(error);
}
