import type { LinkHeader } from '../decode/packet.ts';
import { type Frame, linkTypes } from '../frame.ts';
import { linkHeaderLength, shortIn } from './packet-bytes.ts';

const typeNames: Readonly<Record<number, string>> = {
  2048: 'IPv4',
  2054: 'ARP',
  32821: 'Reverse ARP',
  33024: '802.1Q',
  34525: 'IPv6',
  34825: 'Slow Protocols',
  34887: 'MPLS unicast',
  34888: 'MPLS multicast',
  34915: 'PPPoE D',
  34916: 'PPPoE S',
  34958: 'EAPOL',
  34984: '802.1Q-QinQ',
  35020: 'LLDP',
  35045: '802.1AE MACsec',
  36864: 'Loopback',
  37120: '802.1Q-9100',
};

/** Values below are lengths, of IEEE 802.2. */
const firstType = 1536;

/** The header of a link up to its content, as tcpdump -e has it: `02:… > 02:…, ethertype IPv4 (0x0800), length 74: `. */
export function linkLine(frame: Frame, { source, destination, etherType, vlans }: LinkHeader, quiet: boolean): string {
  const isEthernet = frame.interface.linkType === linkTypes.ethernet;
  let text = isEthernet ? `${source} > ${destination}, ` : source === '' ? '' : `${source} `;
  const length = `, length ${frame.length}: `;
  const innermost = etherType < firstType ? '802.3' : typeText(etherType, quiet);
  if (vlans.length === 0) return `${text}${innermost}${length}`;
  const tags = frame.start + linkHeaderLength(frame.interface.linkType);
  for (let index = 0; index < vlans.length; index += 1) {
    const tag = shortIn(frame, tags + 4 * index);
    const type = shortIn(frame, index === 0 ? typeOffset(frame) : tags + 4 * index - 2);
    const flag = tag & 0x1000 ? ', DEI' : '';
    text += `${typeText(type, quiet)}${index === 0 ? length : ', '}vlan ${tag & 0xfff}, p ${tag >> 13}${flag}, `;
  }
  return `${text}${innermost}, `;
}

/** Where a link has its type. */
function typeOffset({ start, interface: { linkType } }: Frame): number {
  if (linkType === linkTypes.linuxCooked2) return start;
  return start + linkHeaderLength(linkType) - 2;
}

function typeText(type: number, quiet: boolean): string {
  const known = typeNames[type];
  const digits = `0x${type.toString(16).padStart(4, '0')}`;
  if (quiet) return known ?? `Unknown Ethertype (${digits})`;
  return `ethertype ${known ?? 'Unknown'} (${digits})`;
}
