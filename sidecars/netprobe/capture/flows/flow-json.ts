import type { Conversation } from './conversation.ts';
import { sortedFlows } from './flow-order.ts';
import type { FlowTable } from './flow-table.ts';
import type { FlowWay } from './flow-way.ts';

/** What a look at a table is told with. */
export interface FlowLook {
  /** When, in milliseconds since 1970, */
  readonly time: number;
  /** and of how many seconds the rates are: since the look before, or since the first packet where it is the end. */
  readonly seconds: number;
  /** How many conversations at most; undefined for all. */
  readonly lines: number | undefined;
  readonly dropped: number;
  /** Whether it is the last look. */
  readonly isEnd: boolean;
}

/** A table as JSON, busiest first: times in seconds, amounts in bytes; what is not known is left out. */
export function flowJson(flows: FlowTable, { time, seconds, lines, dropped, isEnd }: FlowLook): Record<string, unknown> {
  const { packets, bytes, other } = flows;
  const all = flows.conversations;
  return {
    time: new Date(time).toISOString(),
    seconds,
    ...(isEnd && { end: true }),
    packets,
    bytes,
    dropped,
    count: all.length + other.conversations,
    conversations: sortedFlows(all, 'bytes', lines).map(conversationJson),
    ...(other.conversations > 0 && {
      other: { conversations: other.conversations, fromClient: wayJson(other.ways[0]), fromServer: wayJson(other.ways[1]) },
    }),
  };
}

function conversationJson(conversation: Conversation): Record<string, unknown> {
  const { protocol, client, server, seenAt, first, last, tcp, ways, responses, application } = conversation;
  const interfaces = [...new Set(seenAt.flatMap((at) => (at === undefined || at.name === '' ? [] : [at.name])))];
  return {
    protocol,
    client,
    server,
    interfaces,
    firstSeen: first / 1e6,
    lastSeen: last / 1e6,
    ...(tcp && {
      state: tcp.state,
      connections: tcp.connections,
      ...(tcp.serverRtt !== undefined && { serverRttSeconds: tcp.serverRtt / 1e6 }),
      ...(tcp.clientRtt !== undefined && { clientRttSeconds: tcp.clientRtt / 1e6 }),
    }),
    ...(application && { application }),
    ...(responses &&
      responses.count > 0 && {
        responses: {
          count: responses.count,
          meanSeconds: responses.sum / responses.count / 1e6,
          mostSeconds: responses.most / 1e6,
        },
      }),
    fromClient: wayJson(ways[0]),
    fromServer: wayJson(ways[1]),
  };
}

function wayJson(way: FlowWay): Record<string, number> {
  const { packets, bytes, packetRate, byteRate, retransmits, retransmittedBytes, late, zeroWindows } = way;
  return {
    packets,
    bytes,
    packetsPerSecond: packetRate,
    bytesPerSecond: byteRate,
    retransmits,
    retransmittedBytes,
    outOfOrder: late,
    zeroWindows,
  };
}
