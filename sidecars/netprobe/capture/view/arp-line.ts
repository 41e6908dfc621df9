import type { Arp } from '../decode/packet.ts';

const none = '00:00:00:00:00:00';

/** ARP as tcpdump has it, without its length: `Request who-has 10.0.0.1 tell 10.0.0.5`. */
export function arpLine({ operation, senderIp, senderMac, targetIp, targetMac }: Arp, verbose: boolean): string {
  const kind = verbose ? 'Ethernet (len 6), IPv4 (len 4), ' : '';
  switch (operation) {
    case 1:
      return `${kind}Request who-has ${targetIp}${targetMac === none ? '' : ` (${targetMac})`} tell ${senderIp}`;
    case 2:
      return `${kind}Reply ${senderIp} is-at ${senderMac}`;
    case 3:
      return `${kind}Reverse Request who-is ${targetMac} tell ${senderMac}`;
    case 4:
      return `${kind}Reverse Reply ${targetMac} at ${targetIp}`;
    case 8:
      return `${kind}Inverse Request who-is ${targetMac} tell ${senderMac}`;
    case 9:
      return `${kind}Inverse Reply ${senderMac} at ${senderIp}`;
    default:
      return `${kind}Unknown (${operation}) ${senderIp} (${senderMac}) to ${targetIp} (${targetMac})`;
  }
}
