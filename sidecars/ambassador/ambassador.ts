import { once } from 'node:events';
import { codeOf, Exit, exitCode, messageOf } from '#shared/exit.ts';
import type { Log } from '#shared/log.ts';
import type { Life } from '#shared/run.ts';
import { type program, routesOf, routesOfText } from './config.ts';
import { Ledger } from './dispatch/ledger.ts';
import { Engines } from './engines/engines.ts';
import { Shortage } from './engines/shortage.ts';
import { FaultBook } from './faults/route-faults.ts';
import { RouteProxies } from './faults/route-proxies.ts';
import { serveFaults } from './faults/serve.ts';
import type { Toxic } from './faults/toxics/toxic.ts';
import { type Observed, observe } from './observe.ts';
import { page } from './page/page.ts';
import { Past } from './past.ts';
import { Reloads } from './reloads.ts';
import { Resolver } from './resolve/resolver.ts';
import type { Route } from './routes/route.ts';
import { statusOf } from './status.ts';
import { observedDown, observedRoute } from './table/observed.ts';
import { RouteTable } from './table/table.ts';
import { TlsContexts } from './tls/contexts.ts';

/** The life of the ambassador. */
export type AmbassadorLife = Life<(typeof program)['options']>;

/**
 * accept → pick → dial → join → account, and beside it resolve → check → health, until the sidecar is told to stop; then the
 * connections that are established may end by themselves.
 * @throws Exit where a route cannot be served.
 */
export async function carry(life: AmbassadorLife): Promise<void> {
  const { settings, env, log, health, metrics, stopping } = life;
  const ledger = new Ledger();
  const past = new Past();
  const faults = settings.faults ? new FaultBook((route, toxics) => tellFaults(log, route, toxics)) : undefined;
  const tls = new TlsContexts({ report: (level, message) => log[level](message), signal: stopping });
  const resolver = new Resolver({ interval: settings.resolve, log });
  const engineDied = Promise.withResolvers<never>();
  const engines = new Engines({
    choice: settings.engine,
    ledger,
    log,
    tls,
    ...(faults && { faults }),
    events: {
      failed: (slot, reason, count) => table.failed(slot, reason, count),
      starved: new Shortage(health).note,
      died: engineDied.reject,
    },
  });
  // it may come before anybody waits for it
  engineDied.promise.catch(() => {});
  const table = new RouteTable({ engines, ledger, past, resolver, tls, health, log });
  const readRoutes = (text: string) => routesOfText(text, { ...settings, links: false }, env);
  const proxies = faults && new RouteProxies({ faults, health, apply: (routes) => table.apply(routes), read: readRoutes });
  const apply = (routes: readonly Route[]) => proxies?.configure(routes) ?? table.apply(routes);
  const reloads = new Reloads(life, tls, apply);

  // faults are only where the net engine has all routes, which counts in one ledger
  const blank = proxies && { ledger, slot: ledger.take() ?? 0 };
  const about = (name: string) => ({ past, tls, faults: faults?.of(name) });
  const look = (): Observed => ({
    routes: [
      ...table.running.map(({ running, leaving }) => observedRoute(running, leaving, about(running.route.name))),
      ...(proxies?.down ?? []).flatMap((route) =>
        blank ? [observedDown(route, table.leaving(route.name), blank, about(route.name))] : [],
      ),
    ],
    names: resolver.names,
    config: reloads.observed,
  });
  observe(metrics, look);
  life.onStatus(() => ({ ...statusOf(look()) }));
  life.serve('/', page);
  serveFaults(life.serve, proxies);

  await begin(() => apply(routesOf(settings, env)));
  reloads.watch();
  if (!stopping.aborted) await Promise.race([once(stopping, 'abort'), engineDied.promise]);
  table.closeSockets();
  await Promise.race([engines.drain(), engineDied.promise]);
  table.close();
  resolver.close();
  await engines.destroy();
}

/** @throws Exit where an address cannot be listened on, or a file of TLS is wrong. */
async function begin(apply: () => Promise<void>): Promise<void> {
  try {
    await apply();
  } catch (error) {
    if (error instanceof Exit) throw error;
    const why = reasonOf(error);
    const code = why === 'EACCES' || why === 'EPERM' ? exitCode.permission : exitCode.settings;
    throw new Exit(code, messageOf(error), { cause: error });
  }
}

/** The system's code of an error, or of what it was caused by. */
function reasonOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return codeOf(error) || reasonOf(error.cause);
}

function tellFaults(log: Log, route: string, toxics: readonly Toxic[]): void {
  if (toxics.length > 0) log.warn({ route, toxics }, 'faults are put into a route');
  else log.info({ route }, 'the faults of a route are taken off');
}
