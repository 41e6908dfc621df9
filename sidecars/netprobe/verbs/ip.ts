import { Exit, exitCode, isDenied, messageOf } from '#shared/exit.ts';
import { openLibc } from '#shared/linux/libc.ts';
import { NETLINK } from '#shared/linux/netlink/message.ts';
import { NetlinkSocket } from '#shared/linux/netlink/socket.ts';
import { print } from '#shared/print.ts';
import { table } from '#shared/tables/table.ts';
import type { Address } from '../route/addresses.ts';
import { addressJson, linkJson, type NameOf, namesOf, neighbourJson, routeJson } from '../route/json.ts';
import type { Link } from '../route/links.ts';
import type { Neighbour } from '../route/neighbours.ts';
import { RouteTables } from '../route/route-tables.ts';
import type { Route } from '../route/routes.ts';

/** What `netprobe ip` is asked for. */
export interface IpWords {
  readonly words: readonly string[];
  readonly ipv4: boolean;
  readonly ipv6: boolean;
  readonly json: boolean;
}

/** What can be shown. */
const objects = ['address', 'link', 'route', 'neighbour'] as const;
type Shown = (typeof objects)[number];

/** Other ways to write them: those that people are used to from ip(8), which also takes the beginning of a word. */
const spellings: readonly (readonly [string, Shown])[] = [
  ...objects.map((object) => [object, object] as const),
  ['addr', 'address'],
  ['neighbor', 'neighbour'],
];

/** `netprobe ip`: interfaces, addresses, routes and neighbours. @throws Exit with 64 for words that it does not know, 77 where netlink is refused. */
export async function ip(_: unknown, { words, ipv4, ipv6, json }: IpWords): Promise<void> {
  const { shown, device } = parse(words);
  const found = read(shown);
  const has = (family: 4 | 6) => (ipv4 === ipv6 ? true : family === 4 ? ipv4 : ipv6);
  const nameOf = namesOf(found.links);
  const only = device === undefined ? undefined : found.links.find(({ name }) => name === device)?.index;
  if (device !== undefined && only === undefined)
    throw new Exit(
      exitCode.failed,
      `there is no interface ${device}; there are ${found.links.map(({ name }) => name).join(', ')}`,
    );
  const on = (link: number) => only === undefined || link === only;
  const seen: Found = {
    links: found.links.filter(({ index }) => on(index)),
    addresses: found.addresses.filter(({ family, link }) => has(family) && on(link)),
    routes: found.routes.filter(({ family, hops }) => has(family) && (only === undefined || hops.some(({ link }) => on(link)))),
    neighbours: found.neighbours.filter(({ family, link }) => has(family) && on(link)),
  };
  await print(json ? `${JSON.stringify(asJson(shown, seen, nameOf))}\n` : asText(shown, seen, nameOf));
}

/** @throws Exit with 64 */
function parse(words: readonly string[]): { readonly shown: Shown | undefined; readonly device: string | undefined } {
  const [object, ...rest] = words;
  const shown = object === undefined ? undefined : spellings.find(([spelling]) => spelling.startsWith(object))?.[1];
  if (object !== undefined && shown === undefined)
    throw new Exit(exitCode.settings, `ip ${object} is not known here; there is ip addr, ip link, ip route and ip neigh`);
  // `ip addr show dev eth0` is what fingers type by themselves
  const left = rest.filter((word, index) => !(index === 0 && /^(s|sh|show|ls|list)$/.test(word)));
  const [dev, device, ...more] = left;
  if (dev === undefined) return { shown, device: undefined };
  if (dev === 'dev' && device !== undefined && more.length === 0) return { shown, device };
  throw new Exit(
    exitCode.settings,
    `ip ${words.join(' ')}: only show and dev NAME may follow, as this only looks, and changes nothing`,
  );
}

interface Found {
  readonly links: readonly Link[];
  readonly addresses: readonly Address[];
  readonly routes: readonly Route[];
  readonly neighbours: readonly Neighbour[];
}

/** Reads what is needed. @throws Exit */
function read(shown: Shown | undefined): Found {
  const wants = (...some: Shown[]) => shown === undefined || some.includes(shown);
  let socket: NetlinkSocket | undefined;
  try {
    socket = new NetlinkSocket(openLibc(), NETLINK.ROUTE);
    const tables = new RouteTables(socket);
    return {
      links: tables.links(),
      addresses: wants('address') ? tables.addresses() : [],
      routes: wants('route') ? tables.routes() : [],
      neighbours: wants('neighbour') ? tables.neighbours() : [],
    };
  } catch (error) {
    throw new Exit(
      isDenied(error) ? exitCode.permission : exitCode.failed,
      `rtnetlink cannot be asked: ${messageOf(error)}; allow socket(AF_NETLINK) in the seccomp profile of this container`,
      { cause: error },
    );
  } finally {
    socket?.close();
  }
}

function asJson(shown: Shown | undefined, found: Found, nameOf: NameOf): unknown {
  const all: Record<Shown, () => unknown[]> = {
    address: () =>
      found.links.map((link) => ({
        ...linkJson(link, nameOf),
        addr_info: found.addresses.filter((address) => address.link === link.index).map(addressJson),
      })),
    link: () => found.links.map((link) => linkJson(link, nameOf)),
    route: () => found.routes.map((route) => routeJson(route, nameOf)),
    neighbour: () => found.neighbours.map((neighbour) => neighbourJson(neighbour, nameOf)),
  };
  if (shown !== undefined) return all[shown]();
  return { address: all.address(), route: all.route(), neigh: all.neighbour() };
}

function asText(shown: Shown | undefined, found: Found, nameOf: NameOf): string {
  const all: Record<Shown, () => string> = {
    address: () => addressTable(found, nameOf),
    link: () => linkTable(found.links, nameOf),
    route: () => routeTable(found.routes, nameOf),
    neighbour: () => neighbourTable(found.neighbours, nameOf),
  };
  if (shown !== undefined) return all[shown]();
  return (['link', 'address', 'route', 'neighbour'] as const).map((object) => all[object]()).join('\n');
}

/** `eth0@if5`, as the other end of a veth is told from others. */
function shownName({ name, peer, peerElsewhere }: Link, nameOf: NameOf): string {
  if (peer === 0) return name;
  return `${name}@${peerElsewhere ? `if${peer}` : nameOf(peer)}`;
}

function addressTable({ links, addresses }: Found, nameOf: NameOf): string {
  const rows = links.map((link) => [
    shownName(link, nameOf),
    link.state,
    addresses
      .filter(({ link: index }) => index === link.index)
      .map(
        ({ address, prefix, peer, flags }) =>
          `${address}${peer === '' ? '' : ` peer ${peer}`}/${prefix}${flags
            .filter((flag) => ['tentative', 'dadfailed', 'deprecated'].includes(flag))
            .map((flag) => ` (${flag})`)
            .join('')}`,
      )
      .join(' '),
  ]);
  return table([['INTERFACE', 'STATE', 'ADDRESSES'], ...rows]);
}

function linkTable(links: readonly Link[], nameOf: NameOf): string {
  const rows = links.map((link) => [
    shownName(link, nameOf),
    link.state,
    String(link.mtu),
    link.mac,
    ...[link.received, link.sent].flatMap(({ bytes, errors, drops }) => [bytes, errors, drops].map(String)),
    `<${link.flags.join(',')}>${link.master === 0 ? '' : ` master ${nameOf(link.master)}`}`,
  ]);
  return table(
    [['INTERFACE', 'STATE', 'MTU', 'MAC', 'RECEIVED', 'ERRORS', 'DROPS', 'SENT', 'ERRORS', 'DROPS', 'FLAGS'], ...rows],
    { right: [2, 4, 5, 6, 7, 8, 9] },
  );
}

function routeTable(routes: readonly Route[], nameOf: NameOf): string {
  const rows = routes.flatMap(({ destination, type, hops, metric, source, protocol }) => {
    const to = type === 'unicast' ? destination : `${type} ${destination}`;
    const rest = [source, metric === undefined ? '' : String(metric), protocol];
    if (hops.length === 0) return [[to, '', '', ...rest]];
    return hops.map(({ gateway, link, flags }, index) => [
      index === 0 ? to : '',
      gateway,
      link === 0 ? '' : nameOf(link),
      ...(index === 0 ? rest : ['', '', '']),
      flags.join(' '),
    ]);
  });
  return table([['DESTINATION', 'VIA', 'INTERFACE', 'SOURCE', 'METRIC', 'BY', 'FLAGS'], ...rows], { right: [4] });
}

function neighbourTable(neighbours: readonly Neighbour[], nameOf: NameOf): string {
  const rows = neighbours.map(({ address, link, mac, state, router }) => [
    address,
    nameOf(link),
    mac,
    router ? `${state} router` : state,
  ]);
  return table([['NEIGHBOUR', 'INTERFACE', 'MAC', 'STATE'], ...rows]);
}
