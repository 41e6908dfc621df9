import { linkTypes } from './frame.ts';

/** ARPHRD_ values of linux/if_arp.h whose frames begin with an Ethernet header: Ethernet itself, and lo. */
export const ethernetHardware = { ethernet: 1, loopback: 772 } as const;

/** ARPHRD_ values whose packets begin with an IP header: tun and WireGuard (NONE), RAWIP, TUNNEL, TUNNEL6, SIT, IPGRE, IP6GRE. */
export const rawIpHardware: readonly number[] = [65_534, 519, 768, 769, 776, 778, 823];

/**
 * What frames of an interface begin with.
 * @param hardware its ARPHRD_ value, as sockaddr_ll and /sys/class/net/NAME/type tell.
 * @returns undefined for what nobody here takes apart, such as wireless monitors.
 */
export function linkTypeOfHardware(hardware: number): number | undefined {
  if (hardware === ethernetHardware.ethernet || hardware === ethernetHardware.loopback) return linkTypes.ethernet;
  return rawIpHardware.includes(hardware) ? linkTypes.rawIp : undefined;
}
