import { connect, type Socket } from 'node:net';
import type { Deadline } from './names/search.ts';
import { CheckFailure } from './outcome.ts';
import { socketWords } from './words.ts';

/** A connection, and the address that it leads to. */
export interface Connected {
  readonly socket: Socket;
  readonly address: string;
}

/**
 * Connects to the first of some addresses that lets us; each may take an equal share of the time that is left.
 * @returns a socket that nobody reads; an error of it is swallowed unless somebody else listens.
 * @throws CheckFailure that says why none does, or the signal's reason.
 */
export async function connectToAny(
  addresses: readonly string[],
  port: number,
  deadline: Deadline,
  signal: AbortSignal,
): Promise<Connected> {
  return eachInTurn(addresses, deadline, signal, async (address, limited) => ({
    socket: await connectTo(address, port, limited),
    address,
  }));
}

/**
 * Tries addresses until one works; each may take an equal share of the time that is left.
 * @param attempt throws an error of a socket, or the reason of the signal that it is given.
 * @throws CheckFailure with every reason, or the signal's.
 */
export async function eachInTurn<T>(
  addresses: readonly string[],
  deadline: Deadline,
  signal: AbortSignal,
  attempt: (address: string, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const reasons = new Map<string, string[]>();
  for (const [index, address] of addresses.entries()) {
    signal.throwIfAborted();
    const limited = new AbortController();
    const abort = () => limited.abort(signal.reason);
    const share = (deadline - performance.now()) / (addresses.length - index);
    // the last one is ended by the check itself, which knows how to say it
    const isLast = index === addresses.length - 1;
    const timer = isLast ? undefined : setTimeout(() => limited.abort(new CheckFailure('nobody answers')), Math.max(1, share));
    signal.addEventListener('abort', abort);
    try {
      return await attempt(address, limited.signal);
    } catch (error) {
      signal.throwIfAborted();
      const words = error instanceof CheckFailure ? error.message : socketWords(error);
      reasons.set(words, [...(reasons.get(words) ?? []), address]);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    }
  }
  throw new CheckFailure([...reasons].map(([words, where]) => `${words}: ${where.join(', ')}`).join('; '));
}

async function connectTo(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect({ host, port });
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort);
  // it stays, so that what goes wrong later is not thrown at the process
  socket.on('error', reject);
  socket.once('connect', resolve);
  try {
    signal.throwIfAborted();
    await promise;
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
