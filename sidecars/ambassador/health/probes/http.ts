import { type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { codeOf, messageOf } from '#shared/exit.ts';
import type { Endpoint } from '../../dispatch/endpoint.ts';

/** No more of a body is read, in bytes. */
const maxBody = 65_536;

/**
 * Asks for a path over a connection, and closes it. The answer is well where its status is 2xx or 3xx; redirections are not followed.
 * @param socket a connection to the endpoint, with TLS begun where the endpoint wants it; it is closed in any case.
 * @param defaultPort that of the scheme, which is not named in the Host field (RFC 9110, section 7.2).
 * @throws Error in words, or the signal's reason.
 */
export async function probeHttp(
  endpoint: Endpoint,
  socket: Socket,
  path: string,
  defaultPort: number,
  signal: AbortSignal,
): Promise<void> {
  try {
    const { statusCode = 0, statusMessage } = await ask(socket, path, hostOf(endpoint, defaultPort), signal);
    if (statusCode < 200 || statusCode > 399) throw new Error(`it answers ${statusCode} ${statusMessage}`.trimEnd());
  } finally {
    socket.destroy();
  }
}

/** The answer, of which the body was read as far as the patience goes. */
async function ask(socket: Socket, path: string, host: string, signal: AbortSignal): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const headers = { host, connection: 'close', accept: '*/*', 'user-agent': 'sidekick-ambassador' };
  const asked = request({ createConnection: (): Duplex => socket, path, headers });
  let answer: IncomingMessage | undefined;
  // once there is a status, what becomes of the rest changes nothing
  const fail = (error: unknown) => (answer === undefined ? reject(error) : resolve(answer));
  const abort = () => fail(signal.reason);
  signal.addEventListener('abort', abort);
  asked.on('response', (response) => {
    answer = response;
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes >= maxBody) resolve(response);
    });
    response.on('end', () => resolve(response)).on('error', fail);
  });
  asked.on('error', (error) => fail(new Error(explain(error), { cause: error })));
  asked.on('close', () => fail(new Error('the connection is closed without an answer')));
  asked.end();
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', abort);
    asked.destroy();
  }
}

function hostOf(endpoint: Endpoint, defaultPort: number): string {
  if (endpoint.type === 'unix') return 'localhost';
  const host = endpoint.host.includes(':') ? `[${endpoint.host.replace(/%.*/, '')}]` : endpoint.host;
  return endpoint.port === defaultPort ? host : `${host}:${endpoint.port}`;
}

function explain(error: unknown): string {
  const code = codeOf(error);
  if (code?.startsWith('HPE_')) return `it does not answer in HTTP: ${messageOf(error)}`;
  if (code === 'ECONNRESET') return 'the connection is closed without an answer';
  return messageOf(error);
}
