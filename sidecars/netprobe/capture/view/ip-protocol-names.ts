/** Protocols above IP, as tcpdump names them. */
const names: Readonly<Record<number, string>> = {
  0: 'Options',
  1: 'ICMP',
  2: 'IGMP',
  4: 'IPIP',
  6: 'TCP',
  17: 'UDP',
  33: 'DCCP',
  41: 'IPv6',
  43: 'Routing',
  44: 'Fragment',
  47: 'GRE',
  50: 'ESP',
  51: 'AH',
  58: 'ICMPv6',
  89: 'OSPF',
  103: 'PIM',
  108: 'Compressed IP',
  112: 'VRRP',
  132: 'SCTP',
  135: 'Mobility',
};

/** The name of a protocol; undefined where it has none here. */
export function protocolName(protocol: number): string | undefined {
  return names[protocol];
}

/** A protocol as `TCP (6)`. */
export function protocolText(protocol: number): string {
  return `${names[protocol] ?? 'unknown'} (${protocol})`;
}
