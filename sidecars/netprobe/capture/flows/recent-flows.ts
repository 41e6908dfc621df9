import { type Packet, TCP, type TcpHeader, type UdpHeader } from '../decode/packet.ts';
import type { Frame } from '../frame.ts';
import { type Conversation, isSeenAt } from './conversation.ts';
import type { FlowSide } from './tcp-flow.ts';

/** How many are remembered, by their ports: a power of two. */
const slots = 4096;

/** Conversations of TCP and UDP that were seen just now: most packets are of one of them, which is found without a text for its key. */
export class RecentFlows {
  readonly #slots: (Conversation | undefined)[] = Array.from({ length: slots });
  /** Who sent the packet of the last that was found. */
  side: FlowSide = 0;

  /** Undefined where it has to be looked up, as for a packet that may begin something. */
  find({ interface: { id }, direction }: Frame, { network, transport }: Packet): Conversation | undefined {
    if (network === undefined || network.type === 'arp' || transport === undefined || !('sourcePort' in transport))
      return undefined;
    if (network.moreFragments || (transport.type === 'tcp' && (transport.flags & TCP.SYN) !== 0)) return undefined;
    const known = this.#slots[slotOf(transport)];
    if (known === undefined || known.isFolded || known.protocol !== transport.type) return undefined;
    const { client, server } = known;
    const { sourcePort, destinationPort } = transport;
    const { source, destination } = network;
    if (
      client.port === sourcePort &&
      server.port === destinationPort &&
      client.address === source &&
      server.address === destination
    )
      this.side = 0;
    else if (
      client.port === destinationPort &&
      server.port === sourcePort &&
      client.address === destination &&
      server.address === source
    )
      this.side = 1;
    else return undefined;
    const seen = known.seenAt[this.side];
    return seen !== undefined && isSeenAt(seen, id, direction) ? known : undefined;
  }

  /** Remembers what was looked up. Who talks to itself is not remembered: its ends do not tell who sent a packet. */
  remember(conversation: Conversation, { transport }: Packet): void {
    if (transport === undefined || !('sourcePort' in transport) || conversation.isAgain) return;
    const { client, server } = conversation;
    if (client.port === undefined || (client.port === server.port && client.address === server.address)) return;
    this.#slots[slotOf(transport)] = conversation;
  }
}

/** The same for both ways. */
function slotOf({ sourcePort, destinationPort }: TcpHeader | UdpHeader): number {
  return (sourcePort ^ destinationPort) & (slots - 1);
}
