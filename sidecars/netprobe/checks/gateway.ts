import { readFileSync } from 'node:fs';
import { SocketAddress } from 'node:net';

/** Flags of a route (linux/route.h; ipv6 has the same). */
const RTF = { UP: 1, GATEWAY: 2, REJECT: 0x200 } as const;

interface Route {
  readonly gateway: string;
  readonly metric: number;
}

/** The router of the IPv4 default route with the least metric. @param text of /proc/self/net/route (net/ipv4/fib_trie.c). */
export function gateway4(text: string): string | undefined {
  const routes: Route[] = [];
  for (const line of text.split('\n').slice(1)) {
    const [, destination, gateway = '', flags = '', , , metric = '', mask] = line.split('\t');
    if (destination !== '00000000' || mask?.trim() !== '00000000' || !leadsOut(flags)) continue;
    // in the order of the machine, which is little-endian on all that there are
    routes.push({ gateway: [...Buffer.from(gateway, 'hex')].reverse().join('.'), metric: Number(metric) });
  }
  return least(routes);
}

/** The router of the IPv6 default route with the least metric. @param text of /proc/self/net/ipv6_route (net/ipv6/route.c). */
export function gateway6(text: string): string | undefined {
  const routes: Route[] = [];
  for (const line of text.split('\n')) {
    const [destination = '', length, , , next = '', metric = '', , , flags = '', device] = line.trim().split(/\s+/);
    if (!/^0{32}$/.test(destination) || length !== '00' || !leadsOut(flags)) continue;
    const { address } = new SocketAddress({ family: 'ipv6', address: (next.match(/.{4}/g) ?? []).join(':') });
    routes.push({ gateway: /^fe[89ab]/.test(address) ? `${address}%${device}` : address, metric: Number.parseInt(metric, 16) });
  }
  return least(routes);
}

/** The router of the default route as it is now: that of IPv4, else that of IPv6. */
export function defaultGateway(): string | undefined {
  return gateway4(textOf('/proc/self/net/route')) ?? gateway6(textOf('/proc/self/net/ipv6_route'));
}

function leadsOut(flags: string): boolean {
  const bits = Number.parseInt(flags, 16);
  return (bits & RTF.UP) !== 0 && (bits & RTF.GATEWAY) !== 0 && (bits & RTF.REJECT) === 0;
}

function least(routes: readonly Route[]): string | undefined {
  return routes.toSorted((a, b) => a.metric - b.metric)[0]?.gateway;
}

/** Without IPv6 there is no such file. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
