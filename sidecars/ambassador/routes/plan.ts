import { isDeepStrictEqual } from 'node:util';
import { listenKey } from './listen.ts';
import type { ListenAddress, Route } from './route.ts';

export { listenKey } from './listen.ts';

/** A listening address and the routes that come in on it: one, or several that are told apart by `sni`. */
export interface Listener {
  /** See {@link listenKey}. */
  readonly key: string;
  readonly address: ListenAddress;
  readonly routes: readonly [Route, ...Route[]];
}

/** What leads from some routes to others. A listener or route that stays as it is is not in it. */
export interface Plan {
  /** First, because an address that is opened may include one that is closed: `6379` after `127.0.0.1:6379`. */
  readonly close: readonly Listener[];
  readonly open: readonly Listener[];
  /** Listeners that stay, with other routes or other options of them. */
  readonly change: readonly Listener[];
}

/** Compares routes before and after a change. */
export function plan(before: readonly Route[], after: readonly Route[]): Plan {
  const [old, now] = [listenersOf(before), listenersOf(after)];
  const known = new Map(old.map((listener) => [listener.key, listener]));
  const wanted = new Set(now.map(({ key }) => key));
  return {
    close: old.filter(({ key }) => !wanted.has(key)),
    open: now.filter(({ key }) => !known.has(key)),
    change: now.filter((listener) => known.has(listener.key) && !isDeepStrictEqual(known.get(listener.key), listener)),
  };
}

/** Groups routes by where they listen, in the order of the routes. */
export function listenersOf(routes: readonly Route[]): Listener[] {
  return [...Map.groupBy(routes, ({ listen }) => listenKey(listen))].flatMap(([key, [first, ...others]]) =>
    first === undefined ? [] : [{ key, address: first.listen, routes: [first, ...others] as const }],
  );
}
