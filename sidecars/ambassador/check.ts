import { messageOf } from '#shared/exit.ts';
import { openLibc } from '#shared/linux/libc.ts';
import { selfTest } from '#shared/linux/self-test.ts';
import type { Finding } from '#shared/run.ts';
import type { AmbassadorLife } from './ambassador.ts';
import { routesOf } from './config.ts';
import { type Endpoint, endpointKey } from './dispatch/endpoint.ts';
import { probeOf } from './health/probes/probe.ts';
import { Resolver } from './resolve/resolver.ts';
import { TargetSet } from './resolve/target-set.ts';
import type { Route } from './routes/route.ts';
import { contextsOf } from './table/tls-files.ts';
import { TlsContexts } from './tls/contexts.ts';

/** What `--check` looks at: the engine, the files of TLS, the names, and whether backends accept connections. It listens nowhere. */
export async function check({ settings, env, log }: AmbassadorLife): Promise<readonly Finding[]> {
  const ending = new AbortController();
  const resolver = new Resolver({ interval: settings.resolve, log });
  const tls = new TlsContexts({ report: (level, message) => log[level](message), signal: ending.signal });
  try {
    const findings = await Promise.all(routesOf(settings, env).map((route) => checkRoute(route, resolver, tls)));
    return [checkEngine(settings.engine), ...findings.flat()];
  } finally {
    ending.abort();
    resolver.close();
  }
}

function checkEngine(choice: AmbassadorLife['settings']['engine']): Finding {
  if (choice === 'net') return { what: 'engine', ok: true, detail: 'net' };
  try {
    selfTest(openLibc());
    return { what: 'engine', ok: true, detail: 'splice can run here' };
  } catch (error) {
    const detail = `splice cannot run here: ${messageOf(error)}`;
    return choice === 'auto'
      ? { what: 'engine', ok: true, detail: `${detail}; net is taken` }
      : { what: 'engine', ok: false, detail: `${detail}; set AMBASSADOR_ENGINE to auto or net` };
  }
}

async function checkRoute(route: Route, resolver: Resolver, tls: TlsContexts): Promise<Finding[]> {
  const what = `route ${route.name}`;
  try {
    await contextsOf(tls, route.options, true);
    const { endpoints, problem } = await resolved(route, resolver);
    const found = await Promise.all(endpoints.map((endpoint) => checkBackend(what, route, endpoint, tls)));
    return problem === undefined ? found : [...found, { what, ok: false, detail: problem }];
  } catch (error) {
    return [{ what, ok: false, detail: messageOf(error) }];
  }
}

/** The endpoints of a route, once each of its names was looked up. */
async function resolved(route: Route, resolver: Resolver): Promise<{ endpoints: Endpoint[]; problem: string | undefined }> {
  let changed = Promise.withResolvers<void>();
  const targets = new TargetSet(resolver, () => changed.resolve());
  targets.follow(route);
  while (!targets.isSettled) {
    await changed.promise;
    changed = Promise.withResolvers();
  }
  return { endpoints: [...targets.endpoints.values()].map(({ endpoint }) => endpoint), problem: targets.problem };
}

async function checkBackend(what: string, route: Route, endpoint: Endpoint, tls: TlsContexts): Promise<Finding> {
  const { options } = route;
  const kind = options.check.type === 'off' ? ({ type: options.tlsOut ? 'tls' : 'tcp' } as const) : options.check;
  const context = await contextsOf(tls, { ...options, check: kind }, false);
  const detail = endpointKey(endpoint);
  try {
    const probe = probeOf(kind, options, options.check.type === 'off' ? options.connectTimeout : options.checkTimeout, context);
    await probe?.(endpoint, new AbortController().signal);
    return { what, ok: true, detail: `${detail} answers` };
  } catch (error) {
    return { what, ok: false, detail: `${detail}: ${messageOf(error)}` };
  } finally {
    context?.close();
  }
}
