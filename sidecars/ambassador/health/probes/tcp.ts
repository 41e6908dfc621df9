import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { codeOf, messageOf } from '#shared/exit.ts';
import type { Endpoint } from '../../dispatch/endpoint.ts';
import { encode } from '../../preface/proxy-protocol.ts';
import type { RouteOptions } from '../../routes/options.ts';

/** What is sent on a connection before anything else. */
export type Preamble = Pick<RouteOptions, 'proxyOut'>;

/**
 * Connects to an endpoint as an engine would, and says that the connection is nobody's but our own where it expects a PROXY header.
 * @returns a socket that nobody reads, half-open is allowed; an error of it is swallowed unless somebody else listens.
 * @throws Error in words, or the signal's reason; NoProbe where it is not the endpoint's fault.
 */
export async function reachByTcp(endpoint: Endpoint, { proxyOut }: Preamble, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  const where = endpoint.type === 'unix' ? { path: endpoint.path } : { host: endpoint.address, port: endpoint.port };
  const socket = connect({ ...where, allowHalfOpen: true });
  try {
    await once(socket, 'connect', { signal });
  } catch (error) {
    socket.destroy();
    signal.throwIfAborted();
    throw explain(error);
  }
  // what goes wrong later is told by the one who reads; where nobody does, it does not matter
  socket.on('error', () => {});
  if (proxyOut !== 'off') socket.write(encode(proxyOut));
  return socket;
}

/** A probe that could not be made, for a reason that is on this side: it says nothing of the endpoint. */
export class NoProbe extends Error {
  override readonly name = 'NoProbe';
}

const lacking: Readonly<Record<string, string>> = {
  EMFILE: 'this process has no file descriptor left',
  ENFILE: 'this machine has no file descriptor left',
  ENOBUFS: 'this machine has no memory for sockets left',
  ENOMEM: 'this machine has no memory left',
};

const meanings: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection is refused',
  ECONNRESET: 'the connection is reset',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ETIMEDOUT: 'nobody answers',
  ENOENT: 'there is no such socket',
  EACCES: `the socket may not be used by uid ${process.getuid?.()}`,
};

function explain(cause: unknown): Error {
  const code = codeOf(cause) ?? '';
  const lack = lacking[code];
  if (lack !== undefined) return new NoProbe(`${lack} (${code})`, { cause });
  const meaning = meanings[code];
  return new Error(meaning === undefined ? messageOf(cause) : `${meaning} (${code})`, { cause });
}
