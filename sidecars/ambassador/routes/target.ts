import { isIPv6 } from 'node:net';
import { Invalid } from '#shared/config/kinds.ts';
import { formatHostPort, parseAddress, parseHost, parsePort, parseSocketPath } from './host.ts';
import { encode } from './percent.ts';
import type { Target } from './route.ts';

/** `HOST:PORT`, `[IPV6]:PORT`, `srv:_redis._tcp.example` or `unix:/path`. @throws Invalid */
export function parseTarget(text: string): Target {
  if (text === '') throw new Invalid('is empty; write HOST:PORT, and no blank before or behind a comma');
  if (text.startsWith('unix:')) return { type: 'unix', path: parseSocketPath(text) };
  if (text.startsWith('srv:')) return { type: 'srv', name: parseService(text.slice('srv:'.length)) };
  if (text.includes('//')) throw new Invalid('is a URL; write HOST:PORT');
  const [, v6, bracketed, name, port] = /^(?:(\[([^\]]*)\])|([^:[\]]*)):(.*)$/.exec(text) ?? [];
  if (v6 !== undefined && port !== undefined) {
    if (!isIPv6(bracketed ?? '')) throw new Invalid(`has ${v6}, which is no IPv6 address`);
    return { type: 'host', host: parseAddress(bracketed ?? ''), port: parsePort(port) };
  }
  if (isIPv6(text) || /:.*:/.test(text))
    throw new Invalid('has more than one colon; an IPv6 address goes into brackets: [::1]:6379');
  if (name === undefined || port === undefined) throw new Invalid('names no port; write HOST:PORT');
  if (name === '') throw new Invalid('names no host; write HOST:PORT, and localhost for this machine');
  return { type: 'host', host: parseHost(name), port: parsePort(port) };
}

function parseService(name: string): string {
  if (name.includes(':')) throw new Invalid('names a port; those of srv: come from the record, so leave it out');
  if (name === '') throw new Invalid('names no record; write srv:_redis._tcp.example');
  return parseHost(name);
}

/** Writes a target as {@link parseTarget} reads it. */
export function formatTarget(target: Target): string {
  if (target.type === 'unix') return `unix:${encode(target.path)}`;
  return target.type === 'srv' ? `srv:${target.name}` : formatHostPort(target.host, target.port);
}
