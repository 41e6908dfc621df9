import type { Packet } from '../decode/packet.ts';
import type { Conversation } from './conversation.ts';
import type { FlowSide } from './tcp-flow.ts';

/** Requests of HTTP are answered in their order. */
const httpKey = -1;
/** What else UDP carries: the first packet back is the answer. */
const anyKey = -2;

/** Measures how long answers take, where a packet asks or answers: DNS by its id, HTTP by its order, echo by its number, ARP, and UDP by turns. */
export function packetTimes(conversation: Conversation, side: FlowSide, packet: Packet, time: number): void {
  const turn = turnOf(packet, side);
  if (turn !== undefined) conversation.timed(turn.isAnswer, turn.key, time);
}

/** Undefined of a packet that neither asks nor answers. */
function turnOf({ network, transport, application }: Packet, side: FlowSide): { isAnswer: boolean; key: number } | undefined {
  if (application?.type === 'dns') return { isAnswer: application.isResponse, key: application.id };
  if (application?.type === 'http-request') return { isAnswer: false, key: httpKey };
  if (application?.type === 'http-response') return { isAnswer: true, key: httpKey };
  if (network?.type === 'arp') return { isAnswer: network.operation === 2, key: anyKey };
  if (transport === undefined) return undefined;
  if (transport.type === 'udp') return { isAnswer: side === 1, key: anyKey };
  if (!('kind' in transport) || transport.id === undefined || transport.sequence === undefined) return undefined;
  return { isAnswer: side === 1, key: transport.id * 65_536 + transport.sequence };
}
