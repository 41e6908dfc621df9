import { Invalid } from '#shared/config/kinds.ts';
import { complete } from './complete.ts';
import { routeDefaults } from './grammar.ts';
import { parsePort } from './host.ts';
import { leadsBack } from './listen.ts';
import { Problems } from './problems.ts';
import type { ListenAddress, Route, Target } from './route.ts';
import { formatTarget, parseTarget } from './target.ts';
import { formatWritten, type WrittenRoute } from './written.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** One variable of a link. */
interface Link {
  readonly variable: string;
  /** The name that the link has: `REDIS_1`. */
  readonly name: string;
  /** The port that the linked container exposes, on which clients expect it. */
  readonly port: number;
  readonly target: Target;
}

/** The links of one service: `REDIS_1` and `REDIS_2` are of `REDIS`. */
interface Service {
  readonly links: readonly Link[];
  readonly targets: ReadonlySet<string>;
}

/** What an environment has such variables for and is linked to nobody: ourselves, and the API that Kubernetes tells every container of. */
const notLinked = ['AMBASSADOR', 'KUBERNETES'];

/**
 * The routes that the variables of Docker's links ask for: `REDIS_PORT_6379_TCP=tcp://172.17.0.5:6379` is `6379=172.17.0.5:6379`.
 * @param defaults `option=value&…`, for all of them.
 * @throws Invalid with every variable that is malformed, and every port that different services want.
 */
export function routesOfLinks(env: Environment, defaults = ''): Route[] {
  const problems = new Problems();
  const given = problems.attempt('defaults', defaults, () => routeDefaults.parse(defaults)) ?? {};
  const routes = complete(readLinks(env, [], problems), given, problems);
  problems.raise();
  return routes;
}

/**
 * Reads the variables of links, as {@link routesOfLinks} does.
 * Links with the same port are backends of one route where they are of one service: `REDIS_1` and `REDIS_2`. Docker gives one container
 * several names (`REDIS`, `PROJECT_REDIS_1`), so a service with no address that another one has not is the same. Links whose name is
 * AMBASSADOR or KUBERNETES are passed over: Kubernetes has such variables for our own service and for its API.
 * @param taken where routes listen that were given: they go before links.
 */
export function readLinks(env: Environment, taken: readonly ListenAddress[], problems: Problems): WrittenRoute[] {
  const ports = new Set(taken.map((listen) => (listen.type === 'tcp' ? listen.port : undefined)));
  const links = Object.keys(env)
    .sort(byNumber.compare)
    .map((variable) => readLink(variable, env[variable], problems))
    .filter((link) => link !== undefined);
  return [...Map.groupBy(links, ({ port }) => port)]
    .filter(([port]) => !ports.has(port))
    .map(([port, ofPort]) => routeOf(port, ofPort, problems))
    .filter((route) => route !== undefined);
}

/** `REDIS_2` before `REDIS_10`. */
const byNumber = new Intl.Collator('en', { numeric: true });

function readLink(variable: string, value: string | undefined, problems: Problems): Link | undefined {
  const [, name = '', digits = ''] = /^([A-Za-z0-9_]+?)_PORT_(\d+)_TCP$/.exec(variable) ?? [];
  if (name === '' || !value || notLinked.includes(name)) return undefined;
  const port = problems.attempt(variable, 'the name', () => parsePort(digits));
  const target = problems.attempt(`${variable}=${value}`, 'the value', () => parseLinked(value));
  return port === undefined || target === undefined ? undefined : { variable, name, port, target };
}

/** The address in a link; its port may be another than the one that clients expect. */
function parseLinked(value: string): Target {
  const [, rest] = /^tcp:\/\/([^/?#@]+)\/?$/.exec(value) ?? [];
  if (rest === undefined) throw new Invalid('is not tcp://HOST:PORT; mend it, or unset it');
  const target = parseTarget(rest);
  if (target.type !== 'host') throw new Invalid('is not tcp://HOST:PORT; mend it, or unset it');
  return target;
}

function routeOf(port: number, links: readonly Link[], problems: Problems): WrittenRoute | undefined {
  const services = [...Map.groupBy(links, ({ name }) => name.replace(/_\d+$/, '')).values()].map(
    (own): Service => ({ links: own, targets: new Set(own.map(({ target }) => formatTarget(target))) }),
  );
  const [widest, ...others] = services.sort((a, b) => b.targets.size - a.targets.size);
  const [first] = widest?.links ?? [];
  if (widest === undefined || first === undefined) return undefined;
  const foreign = others.filter(({ targets }) => !targets.isSubsetOf(widest.targets)).flatMap(({ links: [link] }) => link ?? []);
  if (foreign.length > 0) {
    const names = [first, ...foreign].map(({ variable }) => variable).join(' and ');
    problems.add(
      names,
      `lead to different services, and want the same port; give a route by hand: ${port}=${formatTarget(first.target)}`,
    );
    return undefined;
  }
  const targets = distinct(widest.links.map(({ target }) => target));
  const route = { listen: { type: 'tcp', host: undefined, port }, targets, given: {} } as const;
  const text = `${first.variable}, that is ${formatWritten(route)}`;
  for (const target of targets.filter((candidate) => leadsBack(route.listen, candidate)))
    problems.add(text, `${formatTarget(target)} leads back to the route itself; unset the variable, or name another host in it`);
  return { ...route, text };
}

function distinct(targets: readonly Target[]): [Target, ...Target[]] {
  return [...new Map(targets.map((target) => [formatTarget(target), target])).values()] as [Target, ...Target[]];
}
