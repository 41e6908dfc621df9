import { itemsOf, type Keys, keysOf } from './plain.ts';

/** The names that `extra_hosts` of a service gives an address, be it a list or a mapping. */
export function extraHostsOf({ extra_hosts: hosts }: Keys): string[] {
  return Array.isArray(hosts) ? itemsOf(hosts).map((entry) => nameOfHost(String(entry))) : Object.keys(keysOf(hosts));
}

/** The name in an item of the list: `redis:127.127.0.2`, `redis=127.127.0.2`. */
export function nameOfHost(entry: string): string {
  return entry.replace(/[:=].*/s, '');
}
