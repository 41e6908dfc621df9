import type { Conversation } from './conversation.ts';
import type { FlowWay } from './flow-way.ts';

/** By what conversations are sorted. */
export type FlowOrder = 'bytes' | 'packets' | 'rtt' | 'retransmits';

/** Sorts: the most first, and among equals the one with more bytes. @param most how many are told */
export function sortedFlows(conversations: readonly Conversation[], order: FlowOrder, most = Infinity): readonly Conversation[] {
  const rank = ranks[order];
  const sorted = [...conversations].sort((a, b) => rank(b) - rank(a) || b.bytes - a.bytes || b.last - a.last);
  return most < sorted.length ? sorted.slice(0, most) : sorted;
}

/** What goes on now is more than what was. */
const ranks: Readonly<Record<FlowOrder, (conversation: Conversation) => number>> = {
  bytes: ({ ways }) => sum(ways, ({ byteRate }) => byteRate),
  packets: ({ ways }) => sum(ways, ({ packetRate }) => packetRate),
  rtt: (conversation) => flowRtt(conversation) ?? -1,
  retransmits: ({ ways }) => sum(ways, ({ retransmits }) => retransmits),
};

/** How long it takes there and back, in microseconds: by the handshake of TCP, or the mean time of answers where there is none. */
export function flowRtt({ tcp, responses }: Conversation): number | undefined {
  if (tcp !== undefined) return tcp.rtt;
  return responses === undefined || responses.count === 0 ? undefined : responses.sum / responses.count;
}

function sum([one, other]: readonly [FlowWay, FlowWay], of: (way: FlowWay) => number): number {
  return of(one) + of(other);
}
