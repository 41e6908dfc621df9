import { itemsOf, type Keys, keysOf } from './plain.ts';

/** The names that `extra_hosts` of a service gives an address, be it a list or a mapping. */
export function extraHostsOf({ extra_hosts: hosts }: Keys): string[] {
  return Array.isArray(hosts) ? itemsOf(hosts).map((entry) => nameOfHost(String(entry))) : Object.keys(keysOf(hosts));
}

/** The name in an item of the list: `redis:127.127.0.2`, `redis=127.127.0.2`. */
export function nameOfHost(entry: string): string {
  return entry.replace(/[:=].*/s, '');
}

/** The names that lead to an address of which an ambassador gives one to each name, 127.127.0.0/16. */
export function loopbackHosts({ extra_hosts: hosts }: Keys): string[] {
  const isOurs = (address: unknown) => String(address).startsWith('127.127.');
  if (!Array.isArray(hosts)) return Object.keys(keysOf(hosts)).filter((name) => isOurs(keysOf(hosts)[name]));
  return hosts.map(String).flatMap((entry) => (isOurs(entry.slice(nameOfHost(entry).length + 1)) ? [nameOfHost(entry)] : []));
}
