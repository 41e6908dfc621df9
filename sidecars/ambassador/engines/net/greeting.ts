import type { Socket } from 'node:net';
import { matchServerName } from '../../preface/client-hello.ts';
import { type Preface, PrefaceFailure, readPreface } from '../../preface/preface.ts';
import { TerminationFailure } from '../../tls/terminate.ts';
import type { EngineRoute } from '../engine.ts';
import { standsOn } from './reset.ts';
import type { RouteTls } from './route-tls.ts';

/** What a client showed before its own bytes, and where that leads it. */
export interface Greeting {
  readonly route: EngineRoute;
  /** What carries the client's own bytes; nobody reads it. */
  readonly socket: Socket;
  readonly preface: Preface;
}

/** A client that asks for a server name which no route is for. */
class NoRoute extends Error {
  override readonly name = 'NoRoute';
  readonly reason = 'noRoute';
}

/** How a client is counted that {@link greet} threw for. */
export function refusalOf(error: unknown): 'badHeader' | 'headerTimeout' | 'left' | 'tlsFailed' | 'noRoute' {
  // what ends the engine ends its clients
  return error instanceof PrefaceFailure || error instanceof TerminationFailure || error instanceof NoRoute
    ? error.reason
    : 'left';
}

/** Whether clients of these routes have to be looked at before they are carried on. */
export function greets(routes: readonly EngineRoute[]): boolean {
  return (
    routes.length > 1 ||
    routes.some(({ options }) => options.proxyIn || options.sni !== undefined || options.tlsCert !== undefined)
  );
}

/** The route that answers for clients of which nothing is known yet: the one without a server name, or else the first. */
export function doorman(routes: readonly EngineRoute[]): EngineRoute | undefined {
  return routes.find(({ options }) => options.sni === undefined) ?? routes[0];
}

/**
 * Reads a client's preface, finds its route, and ends its TLS where the route does.
 * @param socket nobody reads it.
 * @throws Error saying why the client is not carried; see {@link refusalOf}. The caller closes the socket.
 */
export async function greet(
  socket: Socket,
  routes: readonly EngineRoute[],
  tlsOf: (slot: number) => RouteTls | undefined,
  signal: AbortSignal,
): Promise<Greeting> {
  const began = performance.now();
  const timeout = doorman(routes)?.options.headerTimeout ?? 0;
  const wanted = {
    proxy: routes.some(({ options }) => options.proxyIn),
    serverName: routes.some(({ options }) => options.sni !== undefined),
  };
  const preface = await readPreface(socket, wanted, timeout, signal);
  const route = routeFor(routes, preface.serverName);
  if (route === undefined) throw new NoRoute(`no route is for the server name ${preface.serverName ?? '(none)'}`);
  const termination = tlsOf(route.slot)?.termination;
  if (termination === undefined) return { route, preface, socket };
  const left = Math.max(1, timeout - (performance.now() - began));
  const secure = await termination.handshake(socket, left, signal);
  standsOn(secure, socket);
  return { route, preface, socket: secure };
}

/** A name itself goes before `*.DOMAIN`, and that before a route for all. */
function routeFor(routes: readonly EngineRoute[], serverName: string | undefined): EngineRoute | undefined {
  const matching = routes.filter(({ options }) => options.sni !== undefined && matchServerName(options.sni, serverName));
  return (
    matching.find(({ options }) => !options.sni?.startsWith('*')) ??
    matching[0] ??
    routes.find(({ options }) => options.sni === undefined)
  );
}
