import type { Random } from '#harness/random.ts';

/** IPv4 addresses that are in random frames, and in random filters. */
export const addresses4 = ['10.88.0.5', '10.88.0.1', '192.168.1.77', '127.0.0.1', '224.0.0.251'] as const;
/** IPv6 ones. */
export const addresses6 = ['fd00::2', 'fe80::fc:ff:fe00:1', '::1', 'ff02::fb'] as const;
export const hardwareAddresses = ['02:42:0a:58:00:05', '02:42:0a:58:00:01', 'ff:ff:ff:ff:ff:ff', '33:33:00:00:00:fb'] as const;
export const ports = [53, 80, 443, 8080, 5432, 8081] as const;
export const vlanIds = [5, 100, 4095] as const;

/** Makes filters of all kinds that are supported, such that each is right for a link. */
export class RandomFilters {
  readonly #random: Random;
  readonly #isEthernet: boolean;
  #vlans = 0;

  constructor(random: Random, isEthernet: boolean) {
    this.#random = random;
    this.#isEthernet = isEthernet;
  }

  next(): string {
    this.#vlans = 0;
    return this.#expression(this.#random.below(4));
  }

  #expression(depth: number): string {
    const { pick, below } = this.#random;
    if (depth === 0) return this.#primitive();
    const one = () => this.#expression(depth - 1);
    return pick([
      () => `${one()} ${pick(['and', '&&'])} ${one()}`,
      () => `${one()} ${pick(['or', '||'])} ${one()}`,
      () => `(${one()})`,
      () => `${pick(['not ', '!'])}${this.#primitive()}`,
      () => `not (${one()}) and ${one()}`,
      () => `${one()} or (${one()} and ${this.#primitive()})${below(2) === 0 ? ` and ${this.#primitive()}` : ''}`,
      () => this.#primitive(),
    ])();
  }

  #primitive(): string {
    const { pick, below } = this.#random;
    const side = () => pick(['', '', 'src ', 'dst ', 'src or dst ', 'src and dst ', 'dst and src ']);
    const everywhere = [
      () => pick(['tcp', 'udp', 'icmp', 'icmp6', 'arp', 'rarp', 'ip', 'ip6', 'sctp', 'igmp', 'esp', 'ah', 'pim', 'vrrp']),
      () => pick(['iso', 'stp', 'ipx', 'netbeui', 'atalk', 'aarp', 'decnet', 'lat', 'moprc']),
      () => `${pick(['', 'tcp ', 'udp ', 'sctp '])}${side()}port ${this.#port()}${this.#more(() => this.#port())}`,
      () => `${pick(['', 'tcp ', 'udp '])}${side()}port (${this.#port()} or ${this.#port()})`,
      () => `${pick(['', 'tcp ', 'udp '])}${side()}portrange ${pick(['80-90', '8000-8080', '1-1023', '90-80', '443'])}`,
      () => `${pick(['', 'ip ', 'arp ', 'rarp '])}${side()}host ${pick(addresses4)}${this.#more(() => pick(addresses4))}`,
      () => `${pick(['src', 'dst', 'src or dst'])} ${pick(addresses4)}`,
      () => `${pick(['', 'ip '])}${side()}host (${pick(addresses4)} or ${pick(addresses4)})`,
      () =>
        `${pick(['', 'ip '])}${side()}net ${pick(['10.88.0.0/16', '192.168.0.0/24', '127.0.0.0/8', '0.0.0.0/0', '10.88.0.4/31'])}`,
      () =>
        `${side()}net ${pick(['10', '192.168', '192.168.1', '10.88.0.5', '127', '224.0.0.0 mask 240.0.0.0', '10.88 mask 255.255'])}`,
      () => `${pick(['', 'ip6 '])}${side()}host ${pick(addresses6)}${this.#more(() => pick(addresses6))}`,
      () => `${pick(['', 'ip6 '])}${side()}net ${pick(['fd00::/8', 'fe80::/10', '::/0', '::1', 'ff02::/16', 'fd00::/127'])}`,
      () => `${pick(['', 'ip ', 'ip6 '])}proto ${pick(['6', '17', '\\tcp', '\\udp', '58', '44', 'gre', '0x2f'])}`,
      () =>
        `ether proto ${pick(['\\ip', '\\ip6', '\\arp', '0x8847', '0x88cc', '0x42', '6', '0xfe', '\\aarp', '\\atalk', '\\ipx', '4'])}`,
      () => pick(['ip multicast', 'ip6 multicast']),
      () => `${pick(['less', 'greater'])} ${60 + below(60)}`,
      () => this.#relation(),
      () => this.#relation(),
      () => this.#relation(),
    ];
    const ethernet = [
      () => `ether ${pick(['host', 'src', 'dst', 'src host', 'dst host'])} ${this.#hardwareAddress()}`,
      () => pick(['broadcast', 'multicast', 'ether broadcast', 'ether multicast']),
      () => this.#vlan(),
    ];
    return pick(this.#isEthernet ? [...everywhere, ...ethernet] : everywhere)();
  }

  #port(): string {
    const { pick, below } = this.#random;
    const port = pick(ports);
    return pick([String(port), String(port), `0x${port.toString(16)}`, `0${port.toString(8)}`, String(below(65_536))]);
  }

  #more(item: () => string): string {
    const { below, pick } = this.#random;
    return Array.from({ length: below(5) === 0 ? 1 + below(2) : 0 }, () => ` ${pick(['or', 'and', 'or not'])} ${item()}`).join(
      '',
    );
  }

  #hardwareAddress(): string {
    const { pick } = this.#random;
    const address = pick(hardwareAddresses);
    const digits = address.replaceAll(':', '');
    return pick([
      address,
      address.replaceAll(':', '-'),
      digits.replace(/(....)(....)/, '$1.$2.'),
      address.replaceAll(/:0/g, ':'),
    ]);
  }

  #vlan(): string {
    const { pick } = this.#random;
    // more than two tags are in no frame
    if (this.#vlans === 2) return 'tcp';
    this.#vlans += 1;
    return pick(['vlan', `vlan ${pick(vlanIds)}`]);
  }

  #relation(): string {
    const { pick, below } = this.#random;
    const known = [
      'tcp[tcpflags] & (tcp-syn|tcp-fin) != 0',
      'tcp[13] & 2 != 0',
      'tcp[tcpflags] == tcp-syn',
      'icmp[icmptype] = icmp-echo',
      'icmp6[icmp6type] = icmp6-echo',
      'ip[6:2] & 0x1fff = 0',
      'ip[0] & 0xf != 5',
      'tcp[((tcp[12:1] & 0xf0) >> 2):4] = 0x47455420',
      'ip[2:2] - ((ip[0] & 0xf) << 2) > 40',
      'udp[4:2] > 20',
      'ip6[6] = 6',
      'arp[6:2] = 1',
      'len - 14 > 60',
      'ether[0] & 1 = 0 and ip[16] >= 224',
    ];
    return pick([
      () => pick(known),
      () =>
        `${this.#arithmetic(2)} ${pick(['=', '==', '!=', '<', '<=', '>', '>='])} ${pick([() => this.#arithmetic(1), () => this.#number()])()}`,
      () => `${this.#bytes()} ${pick(['&', '|', '+'])} ${this.#number()} ${pick(['=', '!=', '<', '>'])} ${below(256)}`,
    ])();
  }

  #arithmetic(depth: number): string {
    const { pick } = this.#random;
    if (depth === 0) return pick([() => this.#number(), () => this.#bytes(), () => 'len'])();
    const one = () => this.#arithmetic(depth - 1);
    return pick([
      () => `${one()} ${pick(['+', '-', '*', '&', '|', '^'])} ${one()}`,
      () => `${one()} ${pick(['/', '%'])} ${pick(['3', '7', '256'])}`,
      () => `${one()} ${pick(['<<', '>>'])} ${pick(['1', '4', '31'])}`,
      () => `(${one()} ${pick(['+', '-', '&'])} ${one()})`,
      () => `-${pick([() => this.#bytes(), () => 'len'])()}`,
      () => this.#bytes(),
    ])();
  }

  #bytes(): string {
    const { pick, below } = this.#random;
    const header = pick(['ether', 'ip', 'ip6', 'arp', 'tcp', 'udp', 'icmp', 'icmp6', 'sctp']);
    const index = pick([
      () => String(below(24)),
      () => String(below(24)),
      () => `${below(4)} + (ip[0] & 3)`,
      () => `(${header}[${below(8)}] & 7)`,
    ])();
    return `${header}[${index}${pick(['', ':1', ':2', ':4'])}]`;
  }

  #number(): string {
    const { pick, below } = this.#random;
    return pick([
      () => String(below(16)),
      () => `0x${below(256).toString(16)}`,
      () => String(below(65_536)),
      () => '4294967295',
    ])();
  }
}
