import { isIP } from 'node:net';
import type { UnixAddress } from '#shared/config/address.ts';
import { Invalid } from '#shared/config/kinds.ts';
import { formatHostPort, isLoopback, parseAddress, parsePort, parseSocketPath } from './host.ts';
import { encode } from './percent.ts';
import type { ListenAddress, Target } from './route.ts';

/** `PORT` or `:PORT` for every address, `HOST:PORT`, `[IPV6]:PORT`, `unix:/path`. A host is an address, or localhost, which is 127.0.0.1. @throws Invalid */
export function parseListen(text: string): ListenAddress {
  if (text.startsWith('unix:')) return { type: 'unix', path: parseSocketPath(text) };
  const [, v6, name, port] = /^(?:(?:\[([^\]]*)\]|([^:[\]]*)):)?(\d+)$/.exec(text) ?? [];
  if (port === undefined) {
    const hint = /:.*:/.test(text) && !text.startsWith('[') ? '; an IPv6 address goes into brackets' : '';
    throw new Invalid(`is not PORT, HOST:PORT, [IPV6]:PORT or unix:/path${hint}`);
  }
  const host = v6 ?? (name || undefined);
  return { type: 'tcp', host: host === undefined ? undefined : parseListenHost(host, v6 !== undefined), port: parsePort(port) };
}

function parseListenHost(host: string, bracketed: boolean): string {
  if (host.toLowerCase() === 'localhost' && !bracketed) return '127.0.0.1';
  if (isIP(host) !== (bracketed ? 6 : 4))
    throw new Invalid(`has ${host} for an address; give one of this machine, or the port alone for all of them`);
  return parseAddress(host);
}

/** `6379`, `127.0.0.1:6379`, `[::1]:6379`, `unix:/run/x.sock`: the one way in which an address is written. {@link parseListen} reads it. */
export function formatListen(listen: ListenAddress): string {
  if (listen.type === 'unix') return `unix:${encode(listen.path)}`;
  return listen.host === undefined ? String(listen.port) : formatHostPort(listen.host, listen.port);
}

/** The identity of a listener: routes with the same key come in on one socket. */
export function listenKey(listen: ListenAddress): string {
  return listen.type === 'unix' ? `unix:${listen.path}` : formatListen(listen);
}

/** Whether two addresses that are not the same cannot be listened on at the same time, because the one includes the other. */
export function overlap(a: ListenAddress, b: ListenAddress): boolean {
  if (a.type === 'unix' || b.type === 'unix' || a.port !== b.port) return false;
  return includes(a.host, b.host) || includes(b.host, a.host);
}

/** Whether connections to a target come in on the address again, as far as that can be told without looking up a name. */
export function leadsBack(listen: ListenAddress, target: Target): boolean {
  if (target.type === 'srv') return false;
  if (target.type === 'unix' || listen.type === 'unix') return target.type === 'unix' && takes(listen, target, isLoopback);
  if (listen.port !== target.port) return false;
  const address = target.host.replace(/^localhost\.?$/, '127.0.0.1');
  return takes(listen, { type: 'tcp', address, port: target.port }, isLoopback);
}

/** Where connections go: an address, or a path. */
type Place = UnixAddress | { readonly type: 'tcp'; readonly address: string; readonly port: number };

/** Whether what listens there takes connections to that place. @param isOwn whether an address is one of this machine. */
export function takes(listen: ListenAddress, to: Place, isOwn: (address: string) => boolean): boolean {
  if (listen.type === 'unix' || to.type === 'unix')
    return listen.type === 'unix' && to.type === 'unix' && listen.path === to.path;
  if (listen.port !== to.port) return false;
  // who connects to no address in particular comes to the loopback
  const address = { '0.0.0.0': '127.0.0.1', '::': '::1' }[to.address] ?? to.address;
  return address === listen.host || (includes(listen.host, address) && isOwn(address));
}

/** Whether listening on the one host takes the port of the other too; `::` is also that of IPv4 (IPV6_V6ONLY is off). */
function includes(all: string | undefined, one: string | undefined): boolean {
  if (all === undefined || all === '::') return true;
  return all === one || (all === '0.0.0.0' && one !== undefined && isIP(one) === 4);
}
