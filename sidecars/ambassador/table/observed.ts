import { innerName } from '#shared/config/table.ts';
import type { RouteFaults } from '../faults/route-faults.ts';
import type { ObservedBackend, ObservedFault, ObservedRoute } from '../observe.ts';
import { type Counted, type Past, plus, type RouteTotals, routeTotals } from '../past.ts';
import { routeOptions } from '../routes/options.ts';
import { listenKey } from '../routes/plan.ts';
import type { Route } from '../routes/route.ts';
import type { TlsContexts } from '../tls/contexts.ts';
import type { RunningRoute } from './running-route.ts';

/** What else there is to be known of a route. */
interface About {
  readonly past: Past;
  readonly tls: TlsContexts;
  readonly faults: RouteFaults | undefined;
}

/** What there is to see of a route that runs, and of those of its name that still have clients: together they are one. */
export function observedRoute(running: RunningRoute, leaving: readonly RunningRoute[], about: About): ObservedRoute {
  const { route, engine, slot, before, upstream } = running;
  return { ...observed(route, { ledger: engine.ledger, slot, before }, upstream.backends, leaving, about), engine: engine.name };
}

/** What there is to see of a route that a fault took down. @param blank a slot in which nothing is counted. */
export function observedDown(
  route: Route,
  leaving: readonly RunningRoute[],
  blank: Counted<RouteTotals>,
  about: About,
): ObservedRoute {
  const counted = { ...blank, before: about.past.totalsOf(route.name) };
  return { ...observed(route, counted, [], leaving, about), engine: 'net', down: true };
}

function observed(
  route: Route,
  { ledger, slot, before }: Counted<RouteTotals>,
  backends: readonly ObservedBackend[],
  leaving: readonly RunningRoute[],
  { past, tls, faults }: About,
): Omit<ObservedRoute, 'engine'> {
  const totals = leaving.map((one) => routeTotals({ ledger: one.engine.ledger, slot: one.slot, before: one.before }));
  return {
    name: route.name,
    listen: listenKey(route.listen),
    options: givenOptions(route),
    ledger,
    slot,
    before: totals.reduce<RouteTotals | undefined>((sum, more) => plus(more, sum), before),
    backends: [...backends, ...leaving.flatMap((one) => one.upstream.backends)],
    gone: past.backendsOf(route.name),
    certificateExpires: [...tls].find(({ files }) => files.cert !== undefined && files.cert === route.options.tlsCert)?.notAfter,
    ...(faults && { faults: faults.toxics.map(observedFault) }),
  };
}

/** The options of a route that are not as by default, as they are written; and its balance in any case. */
function givenOptions({ options }: Route): Readonly<Record<string, string>> {
  const texts = Object.entries(routeOptions).map(([key, option]) => {
    const { format } = option.kind as { format: (value: unknown) => string };
    const value = options[key as keyof typeof options];
    const isGiven = value !== undefined && (key === 'balance' || format(value) !== format(option.default));
    return isGiven && key !== 'name' ? [[innerName(key), format(value)] as const] : [];
  });
  return Object.fromEntries(texts.flat());
}

function observedFault({ name, type, stream, toxicity, attributes }: RouteFaults['toxics'][number]): ObservedFault {
  return { name, type, stream, toxicity, attributes };
}
