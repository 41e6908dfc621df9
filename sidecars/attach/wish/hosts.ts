import { isIP } from 'node:net';
import type { Spot } from './where.ts';
import type { HostName } from './wish.ts';

const label = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i;

/** Reads `NAME:PORT[=BACKEND[,BACKEND…]][?option=value&…]`; undefined where it is wrong, which is then told. */
export function readHost(text: string, spot: Spot): HostName | undefined {
  const [, address = '', behind, options] = /^([^=?]*)(?:=([^?]*))?(?:\?(.*))?$/s.exec(text) ?? [];
  const problem = problemOf(text, address, behind);
  if (problem !== undefined) {
    spot.is(problem);
    return undefined;
  }
  const at = address.lastIndexOf(':');
  const name = address.slice(0, at);
  return { name, port: Number(address.slice(at + 1)), backends: behind, options: options || undefined, place: spot.place };
}

function problemOf(text: string, address: string, behind: string | undefined): string | undefined {
  if (text.trim() === '') return 'is empty; write a name and its port, such as redis:6379';
  if (/[\s;]/.test(text))
    return 'holds a blank or a ;, and one name is one item; write each as an item of its own: [redis:6379, db:5432]';
  if (address.includes('$'))
    return 'has a variable in its name or its port, which attach has to know; write them out: redis:6379';
  if (text.includes('//')) return 'is a URL; write a name and its port, such as redis:6379';
  const bare = address.replace(/^\[([^\]]*)\](:\d+)?$/, '$1');
  if (isIP(bare) === 6) return anAddress(bare);
  const [, name = '', port] = /^(.*?)(?::([^:]*))?$/s.exec(address) ?? [];
  if (isIP(name) === 4) return anAddress(name);
  if (port === undefined && /^\d+$/.test(name))
    return `names no host; write NAME:${name}, and the name by which the application calls it`;
  if (name === '') return 'names no host; write a name and its port, such as redis:6379';
  if (/^localhost$/i.test(name))
    return 'names localhost, which is every container itself; write a route: routes: ["6379=redis:6379"]';
  if (name.length > 253 || !name.split('.').every((part) => label.test(part)))
    return `names ${name}, which is no host name: letters, digits, - and _ between dots`;
  if (port === undefined || port === '') return `names no port; write ${name}:PORT, such as ${name}:6379`;
  if (!/^\d+$/.test(port) || Number(port) < 1 || Number(port) > 65_535)
    return `has ${port} for a port; write a number from 1 to 65535`;
  if (behind === '')
    return `names no backend behind the =; write ${address}=HOST:PORT, or leave the = out for all replicas of ${name}`;
  return undefined;
}

function anAddress(address: string): string {
  return `names ${address}, which is an address; only a name can be led elsewhere: write the one by which the application calls it`;
}

/** Finds names that are there twice with the same port. @param spotOf where a host is written. */
export function findTwins(hosts: readonly HostName[], spotOf: (host: HostName) => Spot): void {
  const first = new Map<string, HostName>();
  for (const host of hosts) {
    const key = `${host.name.toLowerCase()}:${host.port}`;
    const other = first.get(key);
    if (other === undefined) first.set(key, host);
    else
      spotOf(host).is(
        `names ${key} again, as line ${other.place.line} does; name all backends in one of them: ${key}=HOST:PORT,HOST:PORT`,
      );
  }
}

/** Finds backends under a name that the ambassador itself answers for: it has the hosts file of its neighbour, in which the name leads back. */
export function findOwnNames(hosts: readonly HostName[], spotOf: (host: HostName) => Spot): void {
  const names = new Set(hosts.map(({ name }) => name.toLowerCase()));
  for (const host of hosts)
    for (const backend of host.backends?.split(',') ?? []) {
      const name = backend.replace(/:[^:]*$/, '').toLowerCase();
      if (names.has(name) && !/^(srv|unix):/.test(backend))
        spotOf(host).is(
          `leads to ${backend}, and ${name} leads back to the ambassador; ${asIsRight(backend, name, spotOf(host))}`,
        );
    }
}

function asIsRight(backend: string, name: string, { where }: Spot): string {
  return where.overKey === 'container'
    ? `write the whole name with a dot behind it: ${name}.NAMESPACE.svc.cluster.local.${backend.slice(name.length)}`
    : `write it with a dot behind the name: ${name}.${backend.slice(name.length)}`;
}
