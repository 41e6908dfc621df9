import type { HostName } from './wish.ts';

/** The parts of a route of the ambassador. */
export interface RouteParts {
  /** Where it listens: `127.127.0.2:6379`. */
  readonly listen: string;
  /** Where it leads: `redis.:6379`. */
  readonly backends: string;
  /** What stands behind its `?`. */
  readonly options?: string | undefined;
}

/** Writes a route as the ambassador reads it: `127.127.0.2:6379=redis.:6379?check=tcp`. */
export function routeText({ listen, backends, options }: RouteParts): string {
  return `${listen}=${backends}${options ? `?${options}` : ''}`;
}

/**
 * The route of a host name.
 * @param address the loopback address that the application finds under the name
 * @param backend where it leads if the name gives no backends of its own: `redis.:6379`
 */
export function routeOf(host: HostName, address: string, backend: string): string {
  return routeText({ listen: `${address}:${host.port}`, backends: host.backends ?? backend, options: host.options });
}

/** The loopback address of each name, as it is first written: by their order, so that one more at the end changes none. */
export function loopbacksOf(names: readonly string[]): ReadonlyMap<string, string> {
  const addresses = new Map<string, string>();
  for (const name of names) {
    const number = addresses.size + 2;
    if (!addresses.has(name)) addresses.set(name, `127.127.${Math.floor(number / 256)}.${number % 256}`);
  }
  return addresses;
}
