import { Invalid } from '#shared/config/kinds.ts';
import type { Option } from '#shared/config/table.ts';
import { isKnown, literal } from './interpolation.ts';
import { loopbacksOf, routeOf } from './routes.ts';
import { sidecars } from './sidecars.ts';
import { takes } from './texts.ts';
import type { Spot } from './where.ts';
import type { HostName, Setting, Wish } from './wish.ts';

/** A wish, and where its parts are written. */
export interface Written {
  readonly wish: Wish;
  readonly spot: Spot;
  readonly spotOfSetting: (setting: Setting) => Spot;
  readonly spotOfHost: (host: HostName) => Spot;
}

/** Has the sidecar's own table look at what is right one by one, and tells what is wrong together. */
export function findConflicts({ wish, spot, spotOfSetting, spotOfHost }: Written): void {
  const environment = knownEnvironment(wish, spot);
  if (environment === undefined) return;
  const routes = wish.sidecar === 'ambassador' ? addRoutes(wish, spot, environment) : new Map<string, HostName>();
  const readFile = (path: string): string => standIns.find((text) => environment.ofFiles.get(path)?.(text)) ?? '';
  for (const problem of sidecars[wish.sidecar].problemsOf({ argv: [], env: environment.texts, readFile })) {
    const part = problem.replace(/^AMBASSADOR_ROUTES: /, '');
    const ofHost = [...routes].find(([text]) => withoutRoute(part, text) !== part);
    const named = namedIn(problem, wish.settings);
    if (ofHost !== undefined) spotOfHost(ofHost[1]).says(withoutRoute(part, ofHost[0]));
    else (named === undefined ? spot : spotOfSetting(named)).says(problem);
  }
}

/** Has the ambassador read the route of a host name by itself; what its options need of others is told by {@link findConflicts}. */
export function checkHost(host: HostName, spot: Spot): void {
  const route = routeOf(host, '127.127.0.2', `${host.name}.:${host.port}`);
  if (!isKnown(route, spot.where)) return;
  const text = literal(route, spot.where);
  try {
    sidecars.ambassador.outline.options.routes?.kind.parse(text);
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    for (const part of error.parts) spot.says(withoutRoute(part, text));
  }
}

/** What is said of a route, without its text, which says nothing to a person who wrote a host name. */
function withoutRoute(problem: string, route: string): string {
  // messages hold no more than the beginning of a long one
  const prefix = [`${route}: `, `${route.slice(0, 119)}…: `].find((text) => problem.startsWith(text));
  return prefix === undefined ? problem : problem.slice(prefix.length);
}

/** Texts that stand for a secret that nobody knows yet: its kind takes one of them, or the check is left out. */
const standIns = ['stand-in', 'https://stand-in/', 'Stand-In: x', Buffer.alloc(32).toString('base64')];

interface Environment {
  readonly texts: Record<string, string>;
  /** Files that settings are read from, and whether a text would do for one. */
  readonly ofFiles: Map<string, (text: string) => boolean>;
}

/** Keys of the engine's own by which a sidecar gets settings that are not looked at here. */
const bringsSettings = ['environment', 'env_file', 'command', 'entrypoint', 'env', 'envFrom', 'args'];

/** The settings as the sidecar would get them; undefined where one of them that is no secret cannot be known. */
function knownEnvironment({ sidecar, settings, over }: Wish, { where }: Spot): Environment | undefined {
  if (bringsSettings.some((key) => key in over)) return undefined;
  const { outline } = sidecars[sidecar];
  const found: Environment = { texts: {}, ofFiles: new Map() };
  for (const { option, variable, isPath, given } of settings) {
    const { kind } = outline.options[option] as Option<unknown>;
    const standIn = kind.secret ? standIns.find((text) => takes(kind, text)) : undefined;
    if (given.from === 'text' && isKnown(given.text, where) && !isPath) found.texts[variable] = literal(given.text, where);
    else if (standIn !== undefined && isPath && given.from === 'text') {
      found.texts[variable] = given.text;
      found.ofFiles.set(given.text, (text) => takes(kind, text));
    } else if (standIn !== undefined) found.texts[variable] = standIn;
    else if (kind.name === 'path' && (given.from === 'file' || given.from === 'secret'))
      found.texts[variable] = '/run/secrets/stand-in';
    else return undefined;
  }
  return found;
}

/** Adds what attach gives an ambassador beside its settings; returns the routes of host names by their texts. */
function addRoutes({ hosts, links }: Wish, { where }: Spot, { texts }: Environment): Map<string, HostName> {
  const addresses = loopbacksOf(hosts.map(({ name }) => name.toLowerCase()));
  const routes = new Map<string, HostName>();
  for (const host of hosts) {
    const text = routeOf(host, addresses.get(host.name.toLowerCase()) ?? '', `${host.name}.:${host.port}`);
    if (isKnown(text, where)) routes.set(literal(text, where), host);
  }
  // a link becomes a route that is known later
  const more = hosts.length > routes.size || links ? ['127.127.255.254:65535=stand-in.:65535'] : [];
  const all = [texts.AMBASSADOR_ROUTES, ...routes.keys(), ...more].filter((text) => text !== undefined);
  if (all.length > 0) texts.AMBASSADOR_ROUTES = all.join('\n');
  // where it is not given, one is chosen that is free
  texts.AMBASSADOR_ADMIN ??= 'off';
  return routes;
}

/** The setting whose variable a sentence names first. */
function namedIn(problem: string, settings: readonly Setting[]): Setting | undefined {
  const at = ({ variable }: Setting) =>
    new RegExp(`\\b${variable.replace(/_FILE$/, '')}(_FILE)?\\b`).exec(problem)?.index ?? Infinity;
  const [first] = settings.toSorted((a, b) => at(a) - at(b));
  return first !== undefined && at(first) < Infinity ? first : undefined;
}
