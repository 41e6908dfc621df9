import { isIP, isIPv4, SocketAddress } from 'node:net';

/** An IP address in its one spelling. */
export interface IpAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/**
 * An address in its one spelling: IPv6 as RFC 5952 writes it, with its zone kept (`fe80::1%eth0`); IPv4 that is mapped into IPv6 as the IPv4
 * address that it is.
 * @returns undefined where the text is no address.
 */
export function ipAddress(text: string): IpAddress | undefined {
  const family = isIP(text);
  if (family === 0) return undefined;
  if (family === 4) return { address: text, family: 4 };
  const [bare = '', zone] = text.split('%');
  const { address } = new SocketAddress({ address: bare, family: 'ipv6' });
  const mapped = /^::ffff:(.*\..*)$/.exec(address)?.[1];
  if (mapped !== undefined && isIPv4(mapped)) return { address: mapped, family: 4 };
  return { address: zone === undefined ? address : `${address}%${zone}`, family: 6 };
}

/** The addresses of a name, each once, in an order of their own: an answer that is only shuffled is the same set. */
export function addressSet(texts: readonly string[]): IpAddress[] {
  const found = new Map<string, IpAddress>();
  for (const text of texts) {
    const known = ipAddress(text);
    if (known !== undefined) found.set(known.address, known);
  }
  return [...found.values()].sort((a, b) => a.family - b.family || (a.address < b.address ? -1 : 1));
}
