import type { Socket } from 'node:net';
import type { Endpoint } from '../../dispatch/endpoint.ts';
import type { CheckSpec } from '../../routes/check-kind.ts';
import type { RouteOptions } from '../../routes/options.ts';
import type { TlsContext } from '../../tls/contexts.ts';
import { probeHttp } from './http.ts';
import { reachByTcp } from './tcp.ts';
import { reachByTls } from './tls.ts';

/** One attempt to find out whether an endpoint lives. @throws Error that says why it does not, or the signal's reason. */
export type Probe = (endpoint: Endpoint, signal: AbortSignal) => Promise<void>;

/** Whether TLS is spoken to the backends of a route, by its clients' connections or by its checks. */
export function needsTls({ tlsOut, check }: Pick<RouteOptions, 'tlsOut' | 'check'>): boolean {
  return tlsOut || check.type === 'tls' || check.type === 'https';
}

/**
 * The probe of a kind of check, with the options of its route; undefined where there is none.
 * @param time milliseconds that it may take.
 * @param tls needed where {@link needsTls} says so. @throws Error where it is missing.
 */
export function probeOf(check: CheckSpec, options: RouteOptions, time: number, tls: TlsContext | undefined): Probe | undefined {
  if (check.type === 'off') return undefined;
  const attempt = attemptOf(check, options, time, tls);
  return (endpoint, signal) => within(time, signal, (limited) => attempt(endpoint, limited));
}

function attemptOf(check: CheckSpec, options: RouteOptions, time: number, tls: TlsContext | undefined): Probe {
  const isPlain = check.type === 'tcp' || check.type === 'http';
  if (!isPlain && tls === undefined) throw new Error(`a check by ${check.type} was begun without the files for TLS`);
  const plan = isPlain || tls === undefined ? undefined : { ...options, tls };
  const reach = (endpoint: Endpoint, signal: AbortSignal) =>
    plan === undefined ? reachByTcp(endpoint, options, signal) : reachByTls(endpoint, plan, time, signal);
  if (!('path' in check)) return async (endpoint, signal) => hangUp(await reach(endpoint, signal));
  const port = check.type === 'http' ? 80 : 443;
  return async (endpoint, signal) => probeHttp(endpoint, await reach(endpoint, signal), check.path, port, signal);
}

/** What was written goes out first; the answer, if there is one, is not waited for. */
function hangUp(socket: Socket): void {
  socket.destroySoon();
}

/** Runs something that has to be done in so many milliseconds. */
async function within(time: number, signal: AbortSignal, run: (signal: AbortSignal) => Promise<void>): Promise<void> {
  signal.throwIfAborted();
  const limited = new AbortController();
  const abort = () => limited.abort(signal.reason);
  const timer = setTimeout(() => limited.abort(new Error(`no answer within ${time} ms`)), time);
  signal.addEventListener('abort', abort);
  try {
    await run(limited.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}
