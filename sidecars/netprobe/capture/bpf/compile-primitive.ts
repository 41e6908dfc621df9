import { linkTypes } from '../frame.ts';
import { wordsOfAddress } from './addresses.ts';
import { compileRelation, type HeaderTests } from './compile-arithmetic.ts';
import type { Matter, Primitive, Side } from './expression.ts';
import { FilterError } from './filter-error.ts';
import { allOf, always, anyOf, type Decision, never, opposite } from './graph.ts';
import { LinkLayer } from './link-layer.ts';
import type { Loads } from './loads.ts';
import { etherTypes, protocolsOfWords } from './names.ts';
import { besidePacket, outgoingPacket } from './program.ts';

/** What packets a filter is for. */
export interface FilteredPackets {
  /** One of {@link linkTypes}. */
  readonly linkType: number;
  /** Where the outermost VLAN tag is: in the frame, or beside it, as the kernel keeps it. */
  readonly vlan: 'frame' | 'beside';
  /** Whether the kernel filters, which tells the direction and the interface of a packet. */
  readonly live: boolean;
  /** What is done about a condition that such packets cannot fulfil: an error, or it is false. */
  readonly impossible: 'refused' | 'false';
}

const ipv4Type = 0x08_00;
const ipv6Type = 0x86_dd;
const fragmentHeader = 44;
/** Of the field of IPv4 that tells of fragments, the bits of the offset. */
const fragmentOffset = 0x1f_ff;
const ipv6HeaderLength = 40;

/** Where source and destination are in a header of IPv4, and of ARP and RARP. */
const addressOffsets = { ip: [12, 16], arp: [14, 24] } as const;

/** Compiles conditions that are not made of others. */
export class PrimitiveCompiler {
  readonly #loads: Loads;
  readonly #packets: FilteredPackets;
  readonly #text: string;

  constructor(loads: Loads, packets: FilteredPackets, text: string) {
    this.#loads = loads;
    this.#packets = packets;
    this.#text = text;
  }

  /** @throws FilterError where such packets cannot fulfil it */
  compile(primitive: Primitive): Decision {
    const { linkType, vlan } = this.#packets;
    // the outermost tag is not in the way where the kernel keeps it beside
    const tags = linkType === linkTypes.ethernet ? Math.max(0, primitive.vlans - (vlan === 'beside' ? 1 : 0)) : 0;
    return new PlacedCompiler(this.#loads, this.#packets, this.#text, primitive.position, tags).compile(primitive);
  }
}

/** Compiles one of them, behind so many VLAN tags. */
class PlacedCompiler implements HeaderTests {
  readonly loads: Loads;
  readonly link: LinkLayer;
  readonly #packets: FilteredPackets;
  readonly #text: string;
  readonly #position: number;

  constructor(loads: Loads, packets: FilteredPackets, text: string, position: number, tags: number) {
    this.loads = loads;
    this.link = new LinkLayer(loads, packets.linkType, tags);
    this.#packets = packets;
    this.#text = text;
    this.#position = position;
  }

  readonly refuse = (what: string, position = this.#position): never => {
    throw new FilterError(what, this.#text, position);
  };

  compile(primitive: Primitive): Decision {
    const { link } = this;
    switch (primitive.type) {
      case 'ethertype':
        return link.carries(primitive.value);
      case 'protocol':
        return anyOf(...primitive.versions.map((version) => this.#hasProtocol(version, primitive.value)));
      case 'network4':
        return this.#hasAddress4(primitive);
      case 'network6':
        return allOf(
          link.carries(ipv6Type),
          this.#sided(primitive.side, [8, 24], (at) => this.#isAddress6(at, primitive)),
        );
      case 'hostName':
        return this.refuse(`the addresses of ${primitive.name} are not known`);
      case 'hardwareAddress':
        return this.#hasHardwareAddress(primitive.side, primitive.address);
      case 'ports':
        return anyOf(this.#hasPorts6(primitive), this.#hasPorts4(primitive));
      case 'broadcast':
        return this.#hasHardwareAddress('destination', [255, 255, 255, 255, 255, 255]);
      case 'multicast':
        return this.#isMulticast(primitive.of);
      case 'vlan':
        return this.#hasTag(primitive.id, primitive.vlans);
      case 'inbound':
        return opposite(this.#isOutgoing());
      case 'outbound':
        return this.#isOutgoing();
      case 'interfaceIndex':
        return this.#isOfInterface(primitive.index);
      case 'relation':
        return compileRelation(this, primitive);
    }
  }

  readonly hasProtocol = (word: string): Decision => {
    const known = protocolsOfWords[word];
    if (known !== undefined) return anyOf(...known.versions.map((version) => this.#hasProtocol(version, known.value)));
    return this.link.carries(etherTypes.get(word) ?? 0);
  };

  get isFirstFragment(): Decision {
    return opposite(this.loads.anyBit(this.loads.at(this.link.payload + 6, 2), fragmentOffset));
  }

  #hasProtocol(version: 4 | 6, value: number): Decision {
    const { loads, link } = this;
    const { payload } = link;
    if (version === 4) return allOf(link.carries(ipv4Type), loads.equal(loads.at(payload + 9, 1), value));
    const next = loads.at(payload + 6, 1);
    const behindFragment = allOf(loads.equal(next, fragmentHeader), loads.equal(loads.at(payload + ipv6HeaderLength, 1), value));
    return allOf(link.carries(ipv6Type), anyOf(loads.equal(next, value), behindFragment));
  }

  #hasAddress4({ protocols, side, address, mask }: Extract<Matter, { type: 'network4' }>): Decision {
    const { loads, link } = this;
    const isIt = (at: number) => loads.equal(loads.masked(loads.at(link.payload + at, 4), mask), address);
    const inIp = allOf(link.carries(ipv4Type), this.#sided(side, addressOffsets.ip, isIt));
    const others = protocols.flatMap((protocol) => (protocol === 'ip' ? [] : [etherTypes.get(protocol) ?? 0]));
    if (others.length === 0) return inIp;
    const inOthers = allOf(link.carriesAny(others), this.#sided(side, addressOffsets.arp, isIt));
    return protocols.includes('ip') ? anyOf(inIp, inOthers) : inOthers;
  }

  #isAddress6(at: number, { address, mask }: Extract<Matter, { type: 'network6' }>): Decision {
    const { loads, link } = this;
    const words = address.map((word, index) =>
      loads.equal(loads.masked(loads.at(link.payload + at + index * 4, 4), mask[index] ?? 0), word),
    );
    return allOf(...words);
  }

  #hasHardwareAddress(side: Side, address: readonly number[]): Decision {
    const { loads, link } = this;
    if (!link.isEthernet) return this.#impossible('addresses of the link are in Ethernet frames alone, and these are none');
    const [high = 0, low = 0] = [address.slice(0, 2), address.slice(2)].map(
      (bytes) => wordsOfAddress([0, 0, ...bytes].slice(-4))[0],
    );
    return this.#sided(side, [6, 0], (at) => allOf(loads.equal(loads.at(at + 2, 4), low), loads.equal(loads.at(at, 2), high)));
  }

  #sided(side: Side, [source, destination]: readonly [number, number], test: (at: number) => Decision): Decision {
    if (side === 'source') return test(source);
    if (side === 'destination') return test(destination);
    return (side === 'both' ? allOf : anyOf)(test(source), test(destination));
  }

  #hasPorts4(ports: Extract<Matter, { type: 'ports' }>): Decision {
    const { loads, link } = this;
    const { payload } = link;
    const isIt = (at: number) => this.#inRange(loads.behindHeader(payload, at, 2), ports);
    return allOf(
      link.carries(ipv4Type),
      loads.oneOf(loads.at(payload + 9, 1), ports.transports),
      this.isFirstFragment,
      this.#sided(ports.side, [0, 2], isIt),
    );
  }

  #hasPorts6(ports: Extract<Matter, { type: 'ports' }>): Decision {
    const { loads, link } = this;
    const { payload } = link;
    const isIt = (at: number) => this.#inRange(loads.at(payload + ipv6HeaderLength + at, 2), ports);
    return allOf(
      link.carries(ipv6Type),
      loads.oneOf(loads.at(payload + 6, 1), ports.transports),
      this.#sided(ports.side, [0, 2], isIt),
    );
  }

  #inRange(load: Parameters<Loads['equal']>[0], { first, last }: Extract<Matter, { type: 'ports' }>): Decision {
    const { loads } = this;
    return first === last
      ? loads.equal(load, first)
      : allOf(loads.greaterEqual(load, first), opposite(loads.greater(load, last)));
  }

  #isMulticast(of: 'link' | 'ip' | 'ip6'): Decision {
    const { loads, link } = this;
    const { payload } = link;
    if (of === 'ip') return allOf(link.carries(ipv4Type), loads.greaterEqual(loads.at(payload + 16, 1), 224));
    if (of === 'ip6') return allOf(link.carries(ipv6Type), loads.equal(loads.at(payload + 24, 1), 255));
    if (!link.isEthernet)
      return this.#impossible(
        'addresses of the link are in Ethernet frames alone, and these are none; there are ip multicast and ip6 multicast',
      );
    return loads.anyBit(loads.at(0, 1), 1);
  }

  #hasTag(id: number | undefined, tagsBefore: number): Decision {
    const { loads, link } = this;
    if (!link.isEthernet) return this.#impossible('VLAN tags are in Ethernet frames alone, and these are none');
    const isBeside = this.#packets.vlan === 'beside' && tagsBefore === 0;
    const tag = isBeside ? loads.at(besidePacket.vlanTag, 2) : loads.at(link.payload, 2);
    const hasId = id === undefined ? always : loads.equal(loads.masked(tag, 0x0f_ff), id);
    return isBeside ? hasId : allOf(link.hasTag(), hasId);
  }

  #isOutgoing(): Decision {
    const { loads, link } = this;
    if (this.#packets.live) return loads.equal(loads.at(besidePacket.packetType, 2), outgoingPacket);
    if (link.linkType === linkTypes.linuxCooked) return loads.equal(loads.at(0, 2), outgoingPacket);
    if (link.linkType === linkTypes.linuxCooked2) return loads.equal(loads.at(10, 1), outgoingPacket);
    return this.refuse('which way a packet went is known of live captures alone; ask for an address with src or dst');
  }

  #isOfInterface(index: number): Decision {
    const { loads, link } = this;
    if (this.#packets.live) return loads.equal(loads.at(besidePacket.interfaceIndex, 4), index);
    if (link.linkType === linkTypes.linuxCooked2) return loads.equal(loads.at(4, 4), index);
    return this.refuse('the number of the interface is known of live captures alone');
  }

  #impossible(what: string): Decision {
    return this.#packets.impossible === 'false' ? never : this.refuse(what);
  }
}
