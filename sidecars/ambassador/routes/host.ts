import { isIP, isIPv4, isIPv6 } from 'node:net';
import { Invalid } from '#shared/config/kinds.ts';
import { formatIp, parseIp } from '../preface/ip.ts';
import { decode } from './percent.ts';

const label = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * A host name in lower case, or an address as RFC 5952 writes it. Names may hold underscores, as those of containers do,
 * and end in a dot, which keeps the search list out.
 * @throws Invalid
 */
export function parseHost(text: string): string {
  if (isIP(text)) return parseAddress(text);
  const name = text.toLowerCase();
  const labels = name.replace(/\.$/, '').split('.');
  if (labels.every((part) => /^\d+$/.test(part)))
    throw new Invalid(`names ${text}, which is no IPv4 address; those are 0.0.0.0 to 255.255.255.255`);
  // RFC 1035, section 2.3.4
  if (name.length > 254 || !labels.every((part) => label.test(part)))
    throw new Invalid(
      `names ${text}, which is no host name: letters, digits, - and _ between dots; write others in the form xn--…`,
    );
  return name;
}

/** An IPv4 or IPv6 address in the one form that it has, with the zone of a link-local one (`%eth0`). @throws Invalid */
export function parseAddress(text: string): string {
  const bytes = parseIp(text);
  if (bytes === undefined) throw new Invalid(`names ${text}, which is no address`);
  const zone = /%.*$/.exec(text)?.[0] ?? '';
  return formatIp(bytes) + zone;
}

/** `HOST:PORT`, with an IPv6 address in brackets. */
export function formatHostPort(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether connections to a host stay on this machine. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === 'localhost.' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

/** A port that can be connected to. @throws Invalid */
export function parsePort(text: string): number {
  if (!/^\d+$/.test(text))
    throw new Invalid(text === '' ? 'names no port' : `has ${text} for a port; write a number from 1 to 65535`);
  const port = Number(text);
  if (port < 1 || port > 65_535) throw new Invalid(`has ${text} for a port; ports are 1 to 65535`);
  return port;
}

/** The path in `unix:/path`, where it is percent-encoded. @throws Invalid */
export function parseSocketPath(text: string): string {
  const path = decode(text.slice('unix:'.length));
  if (!path.startsWith('/') || path.includes('\0')) throw new Invalid('is not a Unix socket; write unix:/absolute/path');
  // sun_path of sockaddr_un holds 108 bytes with the closing NUL (unix(7))
  if (Buffer.byteLength(path) > 107) throw new Invalid('has a path that is too long for a Unix socket: 107 bytes are the most');
  return path;
}
