import { innerName } from '#shared/config/table.ts';
import { findDisputes, nameOf } from './clashes.ts';
import { byDefault, type Given, optionKeys } from './given.ts';
import { listenKey } from './listen.ts';
import type { RouteOptions } from './options.ts';
import type { Problems } from './problems.ts';
import type { Route } from './route.ts';
import { contradictions, inverted, rules } from './together.ts';
import type { WrittenRoute } from './written.ts';

/**
 * Gives routes the options that they do not give themselves. A default that says nothing for a route is left out of it;
 * an option that the route gives itself and that says nothing is a problem.
 */
export function complete(written: readonly WrittenRoute[], defaults: Given, problems: Problems): Route[] {
  const keys = written.map(({ listen }) => listenKey(listen));
  const routes = written.map((route, index) => {
    const shared = keys.indexOf(keys[index] ?? '') !== index || keys.lastIndexOf(keys[index] ?? '') !== index;
    return { text: route.text, route: completed(route, shared, defaults, problems) };
  });
  findDisputes(routes, problems);
  return routes.map(({ route }) => route);
}

function completed({ text, listen, targets, given }: WrittenRoute, shared: boolean, defaults: Given, problems: Problems): Route {
  let options = Object.fromEntries(
    optionKeys.map((key) => [key, key in given ? given[key] : key in defaults ? defaults[key] : byDefault(key)]),
  ) as unknown as RouteOptions;
  for (const { keys, holds, needs } of rules) {
    if (holds({ listen, targets, options, shared })) continue;
    for (const key of keys.filter((candidate) => candidate in given))
      problems.add(text, `${innerName(key)} says nothing here: it needs ${needs}`);
    options = { ...options, ...Object.fromEntries(keys.map((key) => [key, byDefault(key)])) };
  }
  for (const problem of inverted(options)) problems.add(text, problem);
  for (const [key, problem] of contradictions({ listen, targets, options, shared })) {
    if (key in given) problems.add(text, problem);
    else options = { ...options, [key]: byDefault(key) };
  }
  return { name: nameOf(listen, given), listen, targets, options };
}
