import type { TLSSocket } from 'node:tls';
import type { Endpoint } from '../../dispatch/endpoint.ts';
import type { RouteOptions } from '../../routes/options.ts';
import type { TlsContext } from '../../tls/contexts.ts';
import { nameToProve, originate } from '../../tls/originate.ts';
import { type Preamble, reachByTcp } from './tcp.ts';

/** How TLS is spoken to backends. */
export interface TlsPlan extends Preamble, Pick<RouteOptions, 'tlsOutName' | 'tlsOutVerify'> {
  readonly tls: TlsContext;
}

/**
 * Connects to an endpoint and begins TLS with it.
 * @param time milliseconds that the handshake may take.
 * @returns a socket that nobody reads; an error of it is swallowed unless somebody else listens.
 * @throws Error in words, or the signal's reason.
 */
export async function reachByTls(endpoint: Endpoint, plan: TlsPlan, time: number, signal: AbortSignal): Promise<TLSSocket> {
  const socket = await reachByTcp(endpoint, plan, signal);
  const { tls: context, tlsOutVerify: verify } = plan;
  const secure = await originate(socket, { context, name: nameToProve(plan, endpoint), verify }, time, signal);
  secure.on('error', () => {});
  return secure;
}
