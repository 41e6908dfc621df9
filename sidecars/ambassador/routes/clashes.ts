import { formatAddress, type Listen } from '#shared/config/address.ts';
import type { Given } from './given.ts';
import { formatListen, leadsBack, listenKey, overlap } from './listen.ts';
import { type Problems, shortened } from './problems.ts';
import type { ListenAddress, Route, Target } from './route.ts';

/** What of a route is about other routes. */
interface Neighbour {
  readonly text: string;
  readonly listen: ListenAddress;
  readonly targets: readonly Target[];
  readonly given: Given;
}

/** What a route is called: as it says, or its LISTEN, with its server name where several may share that. */
export function nameOf(listen: ListenAddress, { name, sni }: Given): string {
  return name ?? (sni === undefined ? formatListen(listen) : `${formatListen(listen)} ${sni}`);
}

/** Finds routes that cannot be together: with one LISTEN, with one name, or that lead into each other. */
export function findClashes(routes: readonly Neighbour[], problems: Problems): void {
  for (const [index, route] of routes.entries()) {
    const earlier = routes.slice(0, index);
    const same = earlier.filter(({ listen }) => listenKey(listen) === listenKey(route.listen));
    const twin = same.find(({ given }) => given.sni === route.given.sni);
    if (twin !== undefined) problems.add(route.text, `listens where ${shortened(twin.text)} does${remedy(route)}`);
    else {
      const named = earlier.find((other) => nameOf(other.listen, other.given) === nameOf(route.listen, route.given));
      if (named !== undefined)
        problems.add(
          route.text,
          `is called ${nameOf(route.listen, route.given)}, as ${shortened(named.text)} is; give one of them another name`,
        );
    }
    const wider = same.length === 0 && earlier.find(({ listen }) => overlap(listen, route.listen));
    if (wider)
      problems.add(
        route.text,
        `listens on a port that ${shortened(wider.text)} has too; give both an address, or one of them another port`,
      );
    const through = wayBack(route, earlier);
    if (through !== undefined)
      problems.add(
        route.text,
        `leads back to itself, through ${shortened(through.text)}; name the host that has the service in one of them`,
      );
  }
}

/** Finds routes that listen where the admin server does, which was there before them. */
export function findAdminClashes(routes: readonly Pick<Neighbour, 'text' | 'listen'>[], admin: Listen, problems: Problems): void {
  if (admin.type === 'off') return;
  const taken = admin.type === 'tcp' && admin.host === 'localhost' ? { ...admin, host: '127.0.0.1' } : admin;
  for (const { text, listen } of routes) {
    if (listenKey(listen) === listenKey(taken) || overlap(listen, taken))
      problems.add(
        text,
        `listens where the admin server does, at ${formatAddress(admin)}; give one of them another port, the admin server by AMBASSADOR_ADMIN`,
      );
  }
}

/** The route through which connections come back to one that they went out from; a route that leads to itself alone is told by itself. */
function wayBack(route: Neighbour, others: readonly Neighbour[]): Neighbour | undefined {
  const leads = (from: Neighbour, { listen }: Neighbour) => from.targets.some((target) => leadsBack(listen, target));
  const met = new Set<Neighbour>();
  const way = [route];
  // it grows while it is gone through
  for (const from of way) {
    if (from !== route && leads(from, route)) return from;
    for (const to of others) if (!met.has(to) && leads(from, to)) way.push(to);
    for (const to of way) met.add(to);
  }
  return undefined;
}

function remedy({ given: { sni } }: Neighbour): string {
  return sni === undefined
    ? '; name the backends of both in one route, or give another LISTEN, or all but one a server name by sni'
    : ` for the same sni=${sni}; name the backends of both in one route`;
}

/** Options that hold before it is known which of the routes of a LISTEN a client takes: they have to be the same in all of them. */
const ofListener = { proxyIn: 'proxy-in', headerTimeout: 'header-timeout', listenMode: 'listen-mode' } as const;

/** Finds routes with one LISTEN that want different things of it. */
export function findDisputes(routes: readonly { readonly text: string; readonly route: Route }[], problems: Problems): void {
  const first = new Map<string, { readonly text: string; readonly route: Route }>();
  for (const { text, route } of routes) {
    const key = listenKey(route.listen);
    const other = first.get(key);
    if (other === undefined) first.set(key, { text, route });
    for (const [option, name] of Object.entries(ofListener) as [keyof typeof ofListener, string][]) {
      if (other !== undefined && other.route.options[option] !== route.options[option])
        problems.add(text, `has another ${name} than ${shortened(other.text)}, on the same LISTEN; give both the same`);
    }
  }
}
