import type { TestContext } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { type Probe, probeOf } from '../../../../sidecars/ambassador/health/probes/probe.ts';
import { parseRoutes } from '../../../../sidecars/ambassador/routes/grammar.ts';
import type { Route } from '../../../../sidecars/ambassador/routes/route.ts';
import type { TlsContext } from '../../../../sidecars/ambassador/tls/contexts.ts';

/** One route, as it is written: `6379=127.0.0.1:1?check=tcp`. */
export function route(text: string): Route {
  const [parsed] = parseRoutes(text);
  if (parsed === undefined) throw new Error(`${text} is no route`);
  return parsed;
}

/** The only endpoint of an address, `127.0.0.1:6379` or `unix:/run/app.sock`. @param host the name that it was resolved from. */
export function endpoint(address: string, host?: string) {
  if (address.startsWith('unix:')) return { type: 'unix' as const, path: address.slice('unix:'.length) };
  const [, ip = '', port] = /^(.*):(\d+)$/.exec(address) ?? [];
  return { type: 'tcp' as const, address: ip, family: 4 as const, port: Number(port), host: host ?? ip };
}

/** The check of a route's options, `check=tcp&proxy-out=v2`, on one address: resolves to `well` or to why it failed. */
export function check(t: TestContext, options: string, tls?: TlsContext): (address: string, host?: string) => Promise<string> {
  const ending = new AbortController();
  atEnd(t, () => ending.abort(new Error('the test is over')));
  const { options: typed } = route(`1=127.0.0.1:2?${options}`);
  const probe = probeOf(typed.check, typed, typed.checkTimeout, tls) as Probe;
  return (address, host) =>
    probe(endpoint(address, host), ending.signal).then(
      () => 'well',
      (error: Error) => error.message,
    );
}
