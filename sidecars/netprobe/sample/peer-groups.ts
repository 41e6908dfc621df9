import { BlockList, isIP } from 'node:net';
import { list } from '#shared/config/collections.ts';
import { Invalid, type Kind } from '#shared/config/kinds.ts';

/** Peers that are counted under one name. */
export interface PeerGroup {
  readonly name: string;
  /** Addresses, networks and host names, as they are written. */
  readonly members: readonly string[];
}

const hostName = /^(?!-)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?$/;

const peerGroup: Kind<PeerGroup> = {
  name: 'NAME=WHAT+…',
  parse: (text) => {
    const [, written, rest] = /^(?:([^=]*)=)?(.*)$/s.exec(text) ?? [];
    const members = (rest ?? '').split('+');
    for (const member of members)
      if (network(member) === undefined && (/^[\d.]+$/.test(member) || member.includes('/') || !hostName.test(member)))
        throw new Invalid(
          `has ${JSON.stringify(member)}, which is no address, network or host name, such as 10.0.3.7, 10.0.0.0/8 or redis`,
        );
    const name = written ?? rest ?? '';
    if (name === '' || name === 'other') throw new Invalid('needs a name that is not empty, and not other, before the =');
    return { name, members };
  },
  format: ({ name, members }) => (members.join('+') === name ? name : `${name}=${members.join('+')}`),
};

/** Groups of peers, one behind the other. */
export const peerGroups: Kind<readonly PeerGroup[]> = list(peerGroup);

/** How often host names are resolved again, in milliseconds. */
const resolvePause = 10_000;

/** Tells by which name a peer is counted. */
export class PeerNames {
  readonly #groups: readonly { readonly name: string; readonly networks: BlockList; readonly hosts: readonly string[] }[];
  /** The addresses of host names, as they were resolved last. */
  readonly #addresses = new Map<string, readonly string[]>();

  constructor(groups: readonly PeerGroup[]) {
    this.#groups = groups.map(({ name, members }) => {
      const networks = new BlockList();
      for (const member of members) add(networks, member);
      return { name, networks, hosts: members.filter((member) => network(member) === undefined) };
    });
  }

  /** The names of all groups. */
  get names(): readonly string[] {
    return this.#groups.map(({ name }) => name);
  }

  /** The name of the first group that an address is of; undefined where it is of none. */
  groupOf(address: string): string | undefined {
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    return this.#groups.find(
      ({ networks, hosts }) =>
        networks.check(address, family) || hosts.some((host) => this.#addresses.get(host)?.includes(address) === true),
    )?.name;
  }

  /**
   * Resolves the host names, again and again. One that cannot be resolved keeps the addresses that it had.
   * @param changed is called where something is another than before
   */
  resolve(signal: AbortSignal, changed: () => void): void {
    const hosts = [...new Set(this.#groups.flatMap((group) => group.hosts))];
    if (hosts.length === 0) return;
    const once = async (): Promise<void> => {
      const found = await Promise.all(hosts.map((host) => addressesOf(host)));
      if (signal.aborted) return;
      let isNew = false;
      for (const [index, host] of hosts.entries()) {
        const addresses = found[index];
        if (addresses === undefined || addresses.join() === this.#addresses.get(host)?.join()) continue;
        this.#addresses.set(host, addresses);
        isNew = true;
      }
      if (isNew) changed();
      setTimeout(() => void once(), resolvePause).unref();
    };
    void once();
  }
}

/** The addresses of a host, in a fixed order; undefined where it cannot be resolved now. */
async function addressesOf(host: string): Promise<readonly string[] | undefined> {
  try {
    const { lookup } = await import('node:dns/promises');
    return (await lookup(host, { all: true })).map(({ address }) => address).sort();
  } catch {
    // told by a dns:// check, where somebody wants to know; what was known stays
    return undefined;
  }
}

interface Network {
  readonly address: string;
  readonly family: 'ipv4' | 'ipv6';
  readonly prefix: number;
}

/** An address is the network of it alone. */
function network(text: string): Network | undefined {
  const [address = '', length, ...more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0 || (length !== undefined && !/^\d{1,3}$/.test(length))) return undefined;
  const whole = version === 4 ? 32 : 128;
  const prefix = Number(length ?? whole);
  return prefix > whole ? undefined : { address, family: version === 4 ? 'ipv4' : 'ipv6', prefix };
}

function add(networks: BlockList, member: string): void {
  const found = network(member);
  if (found !== undefined) networks.addSubnet(found.address, found.prefix, found.family);
}
