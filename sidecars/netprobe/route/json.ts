import type { Address } from './addresses.ts';
import type { Link, Traffic } from './links.ts';
import type { Neighbour } from './neighbours.ts';
import type { Hop, Route } from './routes.ts';

// In the fields of `ip -json` (iproute2), so that what reads the one reads the other.

/** The name of an interface by its index. */
export type NameOf = (link: number) => string;

/** The names of these links; `if7` for one that is gone meanwhile. */
export function namesOf(links: readonly Pick<Link, 'index' | 'name'>[]): NameOf {
  const names = new Map(links.map(({ index, name }) => [index, name]));
  return (link) => names.get(link) ?? `if${link}`;
}

/** A link as `ip -json -details -statistics link`. */
export function linkJson(link: Link, nameOf: NameOf): Record<string, unknown> {
  const { peer, peerElsewhere, master, kind } = link;
  return {
    ifindex: link.index,
    ...(peer !== 0 && (peerElsewhere ? { link_index: peer } : { link: nameOf(peer) })),
    ifname: link.name,
    flags: link.flags,
    mtu: link.mtu,
    ...(master !== 0 && { master: nameOf(master) }),
    operstate: link.state,
    link_type: link.type,
    ...(link.mac !== '' && { address: link.mac }),
    ...(kind !== '' && { linkinfo: { info_kind: kind } }),
    stats64: { rx: trafficJson(link.received), tx: trafficJson(link.sent) },
  };
}

function trafficJson({ bytes, packets, errors, drops }: Traffic): Record<string, number> {
  return { bytes, packets, errors, dropped: drops };
}

/** An address as one of `addr_info`. */
export function addressJson(address: Address): Record<string, unknown> {
  const seconds = (value: number) => (value === Infinity ? 0xffff_ffff : value);
  return {
    family: familyName(address.family),
    local: address.address,
    ...(address.peer !== '' && { address: address.peer }),
    prefixlen: address.prefix,
    ...(address.broadcast !== '' && { broadcast: address.broadcast }),
    scope: address.scope,
    ...Object.fromEntries(address.flags.filter((flag) => flag !== 'permanent').map((flag) => [flag, true])),
    ...(address.label !== '' && { label: address.label }),
    valid_life_time: seconds(address.validSeconds),
    preferred_life_time: seconds(address.preferredSeconds),
  };
}

/** A route as `ip -json route`. */
export function routeJson(route: Route, nameOf: NameOf): Record<string, unknown> {
  const [hop, ...more] = route.hops;
  const one = more.length === 0 ? hop : undefined;
  return {
    ...(route.type !== 'unicast' && { type: route.type }),
    dst: route.destination,
    ...(one && hopJson(route.family, one, nameOf)),
    ...(route.protocol !== 'boot' && { protocol: route.protocol }),
    ...(route.scope !== 'global' && { scope: route.scope }),
    ...(route.source !== '' && { prefsrc: route.source }),
    ...(route.metric !== undefined && { metric: route.metric }),
    flags: one?.flags ?? [],
    ...(route.preference !== '' && { pref: route.preference }),
    ...(more.length > 0 && {
      nexthops: route.hops.map((each) => ({
        ...hopJson(route.family, each, nameOf),
        weight: each.weight,
        flags: each.flags,
      })),
    }),
  };
}

function hopJson(family: 4 | 6, { gateway, link }: Hop, nameOf: NameOf): Record<string, unknown> {
  const other = gateway.includes(':') ? 6 : 4;
  return {
    ...(gateway !== '' && (other === family ? { gateway } : { via: { family: familyName(other), host: gateway } })),
    ...(link !== 0 && { dev: nameOf(link) }),
  };
}

/** A neighbour as `ip -json neigh`. */
export function neighbourJson(neighbour: Neighbour, nameOf: NameOf): Record<string, unknown> {
  return {
    dst: neighbour.address,
    dev: nameOf(neighbour.link),
    ...(neighbour.mac !== '' && { lladdr: neighbour.mac }),
    ...(neighbour.router && { router: null }),
    state: [neighbour.state],
  };
}

function familyName(family: 4 | 6): string {
  return family === 4 ? 'inet' : 'inet6';
}
