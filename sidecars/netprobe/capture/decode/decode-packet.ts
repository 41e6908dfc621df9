import type { Frame } from '../frame.ts';
import { applicationOf } from './application.ts';
import { takeArp } from './arp.ts';
import type { Draft } from './draft.ts';
import { takeIcmp } from './icmp.ts';
import { takeIcmp6 } from './icmp6.ts';
import { ipProtocols } from './ip-protocols.ts';
import { takeIp4 } from './ip4.ts';
import { takeIp6 } from './ip6.ts';
import { linkContents, takeLink } from './link.ts';
import type { Packet } from './packet.ts';
import { takeTcp } from './tcp.ts';
import { takeUdp } from './udp.ts';

/**
 * Takes a frame apart, whatever is in it. It knows no connections: all that is told is told by this one frame. Nothing is read outside of
 * its captured bytes, and nothing of it is kept: the packet holds when the frame's memory is reused.
 */
export function decodePacket({ bytes, start, end, length, interface: { linkType } }: Frame): Packet {
  const draft: Draft = {
    link: undefined,
    network: undefined,
    transport: undefined,
    payloadStart: start,
    payloadEnd: end,
    application: undefined,
    cut: undefined,
  };
  const wireEnd = Math.max(end, start + length);
  switch (takeLink(draft, bytes, linkType)) {
    case linkContents.ip4:
      takeContent(draft, bytes, takeIp4(draft, bytes, wireEnd));
      break;
    case linkContents.ip6:
      takeContent(draft, bytes, takeIp6(draft, bytes, wireEnd));
      break;
    case linkContents.arp:
    case linkContents.rarp:
      takeArp(draft, bytes);
      break;
  }
  draft.application = applicationOf(draft, bytes);
  return draft;
}

/** @param wireEnd where the packet ended on the wire; undefined where nothing of it can be taken apart */
function takeContent(draft: Draft, bytes: Uint8Array, wireEnd: number | undefined): void {
  const { network } = draft;
  if (wireEnd === undefined || network === undefined || network.type === 'arp') return;
  const { protocol } = network;
  if (protocol === ipProtocols.tcp) takeTcp(draft, bytes, wireEnd);
  else if (protocol === ipProtocols.udp) takeUdp(draft, bytes, wireEnd);
  else if (protocol === ipProtocols.icmp && network.type === 'ip4') takeIcmp(draft, bytes);
  else if (protocol === ipProtocols.icmp6 && network.type === 'ip6') takeIcmp6(draft, bytes);
  else draft.transport = { type: 'other', protocol };
}
