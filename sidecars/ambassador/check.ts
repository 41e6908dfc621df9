import { messageOf } from '#shared/exit.ts';
import { openLibc } from '#shared/linux/libc.ts';
import { selfTest } from '#shared/linux/self-test.ts';
import type { Finding } from '#shared/run.ts';
import type { AmbassadorLife } from './ambassador.ts';
import { routesOf } from './config.ts';
import { type Endpoint, endpointKey } from './dispatch/endpoint.ts';
import { probeOf } from './health/probes/probe.ts';
import { Loops } from './resolve/loops.ts';
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
    const loops = new Loops();
    const found = routesOf(settings, env).map((route) => ({ route, targets: resolved(route, resolver, loops) }));
    // only when all of them are known it is known which lead back to themselves
    await Promise.all(found.map(({ targets }) => targets));
    const findings = await Promise.all(found.map(async ({ route, targets }) => checkRoute(route, await targets, tls)));
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

async function checkRoute(route: Route, { endpoints, problem }: TargetSet, tls: TlsContexts): Promise<Finding[]> {
  const what = `route ${route.name}`;
  try {
    await contextsOf(tls, route.options, true);
    const found = await Promise.all([...endpoints.values()].map(({ endpoint }) => checkBackend(what, route, endpoint, tls)));
    return problem === undefined ? found : [...found, { what, ok: false, detail: problem }];
  } catch (error) {
    return [{ what, ok: false, detail: messageOf(error) }];
  }
}

/** What the targets of a route lead to, once each of its names was looked up. */
async function resolved(route: Route, resolver: Resolver, loops: Loops): Promise<TargetSet> {
  let changed = Promise.withResolvers<void>();
  const targets = new TargetSet(resolver, () => changed.resolve(), loops);
  targets.follow(route);
  while (!targets.isSettled) {
    await changed.promise;
    changed = Promise.withResolvers();
  }
  return targets;
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
