import { Invalid, type Kind } from '#shared/config/kinds.ts';
import { findClashes } from './clashes.ts';
import { complete } from './complete.ts';
import { byDefault, formatOptions, type Given, readOptions, unlikeDefault } from './given.ts';
import { Problems } from './problems.ts';
import type { Route } from './route.ts';
import { inverted } from './together.ts';
import { formatWritten, readWritten, type WrittenRoute } from './written.ts';

/**
 * Reads a text of routes whole, see {@link readWritten} for the grammar.
 * @param defaults `option=value&…`, for every route that does not give them.
 * @throws Invalid with everything that is wrong, each behind the route that it is about.
 */
export function parseRoutes(text: string, defaults = ''): Route[] {
  const problems = new Problems();
  const given = problems.attempt('defaults', defaults, () => routeDefaults.parse(defaults)) ?? {};
  const written = readWritten(text, problems);
  findClashes(written, problems);
  const routes = complete(written, given, problems);
  problems.raise();
  return routes;
}

/** Writes a route with those options that are not the defaults; {@link parseRoutes} reads it to the same route. */
export function formatRoute({ listen, targets, options }: Route): string {
  return formatWritten({ listen, targets, given: unlikeDefault(options) });
}

/**
 * Routes as they are written, before defaults: several of them in one text. What is wrong in one of them or between them is told
 * here; what depends on defaults, by {@link complete}. A text of comments alone is no routes.
 */
export const writtenRoutes: Kind<readonly WrittenRoute[]> = {
  name: 'routes',
  parse: (text) => {
    demandSomething(text);
    const problems = new Problems();
    const routes = readWritten(text, problems);
    findClashes(routes, problems);
    problems.raise();
    return routes;
  },
  format: (routes) => routes.map(formatWritten).join(' '),
  join: (texts) => texts.join('\n'),
};

/**
 * Refuses a text with nothing in it: most likely its file is being written, or was truncated.
 * @throws Invalid
 */
export function demandSomething(text: string): void {
  if (text.trim() === '') throw new Invalid(['it is empty; where no routes are wanted, write a comment: # none']);
}

/** Options that belong to one route, and so have no default of a person's own. */
const ofOneRoute = ['name', 'sni'] as const;

/** Options for all routes that do not give them: `option=value&option=value`. */
export const routeDefaults: Kind<Given> = {
  name: 'option=value&…',
  parse: (text) => {
    const problems = new Problems();
    const given = readOptions(text, text, problems);
    for (const key of ofOneRoute) if (key in given) problems.add(text, `${key} belongs to one route; give it there`);
    for (const problem of inverted({ ejectTime: byDefault('ejectTime'), ejectMax: byDefault('ejectMax'), ...given }))
      problems.add(text, problem);
    problems.raise();
    return given;
  },
  format: formatOptions,
};
