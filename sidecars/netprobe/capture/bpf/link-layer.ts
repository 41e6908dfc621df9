import { linkTypes } from '../frame.ts';
import { allOf, anyOf, type Decision, never, opposite } from './graph.ts';
import type { Loads } from './loads.ts';

/** The greatest length of a frame of IEEE 802.3: what stands in the place of the EtherType and is not greater is a length. */
const greatestLength = 1500;

/** Types of Linux cooked captures that are no EtherTypes: frames of Novell, and those with an LLC header (linux/if_ether.h). */
const cookedTypes = { novell: 1, llc: 4 } as const;

const sap = { ip: 0x06, ipx: 0xe0, netbeui: 0xf0, iso: 0xfe } as const;
const appleTalk = { atalk: 0x80_9b, aarp: 0x80_f3 } as const;
const ipxType = 0x81_37;

/** EtherTypes of VLAN tags: 802.1Q, 802.1ad, and what was in use before that. */
const tagTypes = [0x81_00, 0x88_a8, 0x91_00] as const;

/** What is in front of the IP header, and where. Offsets are from the beginning of the packet, in bytes. */
export class LinkLayer {
  readonly linkType: number;
  /** Where what it carries begins. */
  readonly payload: number;
  readonly #type: number;
  readonly #loads: Loads;

  /** @param linkType one of {@link linkTypes} @param tags how many VLAN tags are in front of the payload */
  constructor(loads: Loads, linkType: number, tags: number) {
    this.#loads = loads;
    this.linkType = linkType;
    const [type, payload] = offsets(linkType);
    this.#type = type + tags * 4;
    this.payload = payload + tags * 4;
  }

  get isEthernet(): boolean {
    return this.linkType === linkTypes.ethernet;
  }

  /** Whether it carries this: an EtherType, or up to 1500 a service access point of LLC. */
  carries(value: number): Decision {
    const loads = this.#loads;
    if (this.linkType === linkTypes.rawIp) {
      const version = value === 0x08_00 ? 0x40 : value === 0x86_dd ? 0x60 : undefined;
      return version === undefined ? never : loads.equal(loads.masked(loads.at(0, 1), 0xf0), version);
    }
    const isType = loads.equal(loads.at(this.#type, 2), value);
    if (this.linkType === linkTypes.linuxCooked2) return isType;
    const { payload } = this;
    switch (value) {
      case sap.ip:
      case sap.iso:
      case sap.netbeui:
        return allOf(this.#hasLlc(), loads.equal(loads.at(payload, 2), value * 257));
      case sap.ipx:
        return this.#carriesIpx();
      case appleTalk.atalk:
        return anyOf(isType, allOf(this.#hasLlc(), this.#snap(0x08_00_07, value)));
      case appleTalk.aarp:
        return anyOf(isType, allOf(this.#hasLlc(), this.#snap(0, value)));
      default:
        return value > greatestLength ? isType : allOf(this.#hasLlc(), loads.equal(loads.at(payload, 1), value));
    }
  }

  /** Whether it carries one of these, which are EtherTypes above 1500. */
  carriesAny(values: readonly number[]): Decision {
    if (this.linkType === linkTypes.rawIp) return anyOf(...values.map((value) => this.carries(value)));
    return this.#loads.oneOf(this.#loads.at(this.#type, 2), values);
  }

  /** Whether a VLAN tag is next in the frame. */
  hasTag(): Decision {
    return this.carriesAny(tagTypes);
  }

  #hasLlc(): Decision {
    const type = this.#loads.at(this.#type, 2);
    return this.isEthernet ? opposite(this.#loads.greater(type, greatestLength)) : this.#loads.equal(type, cookedTypes.llc);
  }

  /** IPX has four ways: an EtherType, LLC, SNAP, and none of them. */
  #carriesIpx(): Decision {
    const loads = this.#loads;
    const { payload } = this;
    const isType = loads.equal(loads.at(this.#type, 2), ipxType);
    const isSnap = this.#snap(0, ipxType);
    const isSap = loads.equal(loads.at(payload, 1), sap.ipx);
    if (this.isEthernet) {
      const isBare = loads.equal(loads.at(payload, 2), 0xff_ff);
      return anyOf(isType, allOf(this.#hasLlc(), anyOf(isSnap, isSap, isBare)));
    }
    const isBare = loads.equal(loads.at(this.#type, 2), cookedTypes.novell);
    return anyOf(isType, isBare, allOf(this.#hasLlc(), anyOf(isSap, isSnap)));
  }

  /** An LLC header with a SNAP header behind it. */
  #snap(organization: number, type: number): Decision {
    const loads = this.#loads;
    const begins = (0xaa_aa_03_00 | (organization >>> 16)) >>> 0;
    const goesOn = (((organization & 0xff_ff) << 16) | type) >>> 0;
    return allOf(loads.equal(loads.at(this.payload + 4, 4), goesOn), loads.equal(loads.at(this.payload, 4), begins));
  }
}

/** Where the type is and where the payload begins. */
function offsets(linkType: number): readonly [number, number] {
  switch (linkType) {
    case linkTypes.ethernet:
      return [12, 14];
    case linkTypes.rawIp:
      return [0, 0];
    case linkTypes.linuxCooked:
      return [14, 16];
    case linkTypes.linuxCooked2:
      return [0, 20];
    default:
      throw new RangeError(`frames of the link type ${linkType} are not filtered`);
  }
}
