import { boolean, choice, duration, Invalid } from '#shared/config/kinds.ts';
import { defineProgram, option, optional, type Settings } from '#shared/config/table.ts';
import { findAdminClashes, findClashes } from './routes/clashes.ts';
import { complete } from './routes/complete.ts';
import { demandSomething, routeDefaults, writtenRoutes } from './routes/grammar.ts';
import { readLinks } from './routes/links.ts';
import { routeOptions } from './routes/options.ts';
import { Problems, shortened } from './routes/problems.ts';
import type { Route } from './routes/route.ts';
import { readWritten, type WrittenRoute } from './routes/written.ts';

const options = {
  routes: optional(
    writtenRoutes,
    'Where connections come in and where they go: LISTEN=BACKEND[,BACKEND…][?option=value&…], several of them between blanks, line ends or ;. ' +
      'LISTEN is PORT, HOST:PORT, [IPV6]:PORT or unix:/path; BACKEND is HOST:PORT, of which every address is one, srv:NAME or unix:/path. ' +
      'LISTEN HOST PORT… is read too. A file named by AMBASSADOR_ROUTES_FILE is watched, and read again when it changes.',
  ),
  defaults: option(routeDefaults, {}, 'Options of a route for all routes that do not give them: connect-timeout=1s&check=tcp.'),
  links: option(
    boolean,
    false,
    'Also make a route for each old Docker link in the environment: REDIS_PORT_6379_TCP=tcp://172.17.0.5:6379. Routes that are given go before.',
  ),
  engine: option(
    choice('auto', 'net', 'splice'),
    'auto',
    'What carries plain connections: the kernel (splice), the sockets of Node (net), or auto: splice wherever it runs. TLS, sni, proxy-in and faults are for net in any case.',
  ),
  faults: option(
    boolean,
    false,
    'Let faults be put into routes over the admin server, at /proxies: latency, lost bandwidth, resets. For tests and drills.',
  ),
  resolve: option(
    duration({ min: 100, max: 5000 }),
    5000,
    'How often host names are resolved again; a failed connection does it at once.',
  ),
};

/** The ambassador as a person sees it: its options, their defaults and their words. */
export const program = defineProgram({
  name: 'ambassador',
  summary: 'Listens beside an application, and carries its connections to living backends.',
  adminPort: 9803,
  operands: { option: 'routes', usage: '[ROUTE…]' },
  options,
  inner: { title: 'Options of a route, behind its ?, where %26 is an & within a value', options: routeOptions },
  examples: [
    {
      command: 'docker run -d --net container:web sidekick/ambassador 6379=redis-1:6379,redis-2:6379',
      meaning: 'The container web finds two Redis servers at localhost:6379.',
    },
    {
      command: "docker run -d --net container:web sidekick/ambassador '5432=db:5432?check=tcp&hold=30s' 127.0.0.1:8080=api:80",
      meaning: 'Keep clients waiting up to 30 s while the database is away; and carry another port, of one address alone.',
    },
    {
      command: 'docker run -d -v ./routes:/routes:ro -e AMBASSADOR_ROUTES_FILE=/routes/web sidekick/ambassador',
      meaning: 'Read routes from a file, again at every change.',
    },
    {
      command: 'docker run -d --link redis-1:redis -e AMBASSADOR_LINKS=on sidekick/ambassador',
      meaning: 'Route to what is linked.',
    },
  ],
  conflicts,
});

/** The typed settings of the ambassador. */
export type AmbassadorSettings = Settings<typeof options>;

/** What of the settings makes routes. */
type RouteSettings = Pick<AmbassadorSettings, 'routes' | 'defaults' | 'links' | 'admin'>;

type Environment = Readonly<Record<string, string | undefined>>;

/** The routes that the settings and the links in the environment ask for. @throws Invalid with everything that is wrong */
export function routesOf(settings: RouteSettings, env: Environment): Route[] {
  return together(settings.routes ?? [], settings, env, new Problems());
}

/**
 * The routes as {@link routesOf}, where a new text has come in place of the setting. A text of comments alone is no routes; one
 * with nothing in it is taken for a file that is being written.
 * @throws Invalid with everything that is wrong
 */
export function routesOfText(text: string, settings: RouteSettings, env: Environment): Route[] {
  demandSomething(text);
  const problems = new Problems();
  return together(readWritten(text, problems), settings, env, problems);
}

function together(
  given: readonly WrittenRoute[],
  { defaults, links, admin }: RouteSettings,
  env: Environment,
  problems: Problems,
): Route[] {
  const linked = links
    ? readLinks(
        env,
        given.map(({ listen }) => listen),
        problems,
      )
    : [];
  const written = [...given, ...linked];
  findClashes(written, problems);
  findAdminClashes(written, admin, problems);
  const routes = complete(written, defaults, problems);
  problems.raise();
  return routes;
}

function conflicts(settings: AmbassadorSettings, env: Environment, places: Readonly<Record<string, string>>): string[] {
  const problems: string[] = [];
  if (settings.faults && settings.engine === 'splice')
    problems.push(
      'AMBASSADOR_FAULTS is on, and only the engine net has faults; let AMBASSADOR_ENGINE be auto, or turn faults off',
    );
  if (settings.routes === undefined && !settings.links)
    problems.push(
      'AMBASSADOR_ROUTES is not set, and there are no other routes; give some, such as 6379=redis:6379, as words or by it',
    );
  try {
    const routes = routesOf(settings, env);
    if (settings.routes === undefined && settings.links && routes.length === 0)
      problems.push(
        'AMBASSADOR_LINKS is on, and the environment has no link, such as REDIS_PORT_6379_TCP=tcp://172.17.0.5:6379; link a container, or give routes',
      );
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    // those that are about links name the variable
    const isWritten = (part: string) => settings.routes?.some(({ text }) => part.startsWith(`${shortened(text)}: `));
    problems.push(...error.parts.map((part) => (isWritten(part) ? `${places.routes}: ${part}` : part)));
  }
  return problems;
}
