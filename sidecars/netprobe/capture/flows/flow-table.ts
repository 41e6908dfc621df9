import type { Packet } from '../decode/packet.ts';
import type { Frame } from '../frame.ts';
import { Conversation, isSeenAt, type SeenAt } from './conversation.ts';
import { type FlowEnd, type FlowEnds, flowEnds, seemsClient } from './flow-ends.ts';
import { flowApplication } from './flow-names.ts';
import { FlowWay } from './flow-way.ts';
import { packetTimes } from './packet-times.ts';
import { RecentFlows } from './recent-flows.ts';
import type { FlowSide } from './tcp-flow.ts';

/** What was counted of conversations that are in the table no more. */
export interface OtherFlows {
  /** How many they were. */
  conversations: number;
  readonly ways: readonly [FlowWay, FlowWay];
}

/** How many first fragments are remembered with their conversations. */
const mostFragments = 256;

/**
 * All conversations, by protocol and both ends. It holds so many at most: where more come, those that are over, and those that were silent for the
 * longest time, are counted together from then on, and no sum changes by that.
 */
export class FlowTable {
  readonly other: OtherFlows = { conversations: 0, ways: [new FlowWay(), new FlowWay()] };
  /** Of all frames that were counted: how many, their bytes on the wire, and when, in microseconds since 1970. */
  packets = 0;
  bytes = 0;
  first: number | undefined;
  last: number | undefined;
  readonly #most: number;
  readonly #conversations = new Map<string, Conversation>();
  readonly #fragments = new Map<string, Conversation>();
  readonly #recent = new RecentFlows();
  /** Who sent the packet of the conversation that was looked up last. */
  #side: FlowSide = 0;

  constructor({ most }: { readonly most: number }) {
    this.#most = most;
  }

  get conversations(): readonly Conversation[] {
    return [...this.#conversations.values()];
  }

  /** Counts a frame. On `lo` each is seen on its way out and in, and counts once. */
  add(frame: Frame, packet: Packet): void {
    const time = frame.seconds * 1e6 + frame.nanoseconds / 1e3;
    const recent = this.#recent.find(frame, packet);
    const conversation = recent ?? this.#lookUp(frame, packet, time);
    if (conversation === undefined) return;
    const side = recent === undefined ? this.#side : this.#recent.side;
    const way = conversation.ways[side];
    way.packets += 1;
    way.bytes += frame.length;
    this.packets += 1;
    this.bytes += frame.length;
    conversation.last = Math.max(conversation.last, time);
    this.first = Math.min(this.first ?? time, time);
    this.last = Math.max(this.last ?? time, time);
    const { transport, application } = packet;
    if (transport?.type === 'tcp') conversation.tcp?.add(side, transport, time, way);
    if (application !== undefined) conversation.application = flowApplication(conversation.application, application);
    packetTimes(conversation, side, packet, time);
  }

  /** Has rates of what was counted since the last time. @param seconds since then */
  look(seconds: number): void {
    const passed = Math.max(seconds, 0.001);
    for (const { ways } of this.#conversations.values()) for (const way of ways) way.look(passed);
    for (const way of this.other.ways) way.look(passed);
  }

  /** Has rates of all that was counted, from the first frame to the last. @returns how many seconds that is */
  mean(): number {
    const seconds = ((this.last ?? 0) - (this.first ?? 0)) / 1e6;
    const passed = Math.max(seconds, 0.001);
    for (const { ways } of this.#conversations.values()) for (const way of ways) way.mean(passed);
    for (const way of this.other.ways) way.mean(passed);
    return seconds;
  }

  /** Whose a frame is; undefined where it was counted before. */
  #lookUp(frame: Frame, packet: Packet, time: number): Conversation | undefined {
    const ends = flowEnds(packet);
    const fragment = this.#fragmentOf(packet);
    const at: SeenAt = { id: frame.interface.id, name: frame.interface.name, direction: frame.direction };
    const known = fragment?.isLater ? this.#fragments.get(fragment.key) : undefined;
    let conversation = known === undefined || known.isFolded ? this.#named(keyOf(ends), ends, time, false) : known;
    let side = sideOf(conversation, ends, packet);
    const seen = conversation.seenAt[side];
    if (seen !== undefined && !isSeenAt(seen, at.id, at.direction)) {
      if (seen.id === at.id && at.name === 'lo') return undefined;
      conversation = this.#named(`${keyOf(ends)} ${at.id} ${at.direction}`, ends, time, true);
      side = sideOf(conversation, ends, packet);
    }
    conversation.seenAt[side] ??= at;
    if (fragment !== undefined && !fragment.isLater) this.#remember(fragment.key, conversation);
    if (fragment?.isLast) this.#fragments.delete(fragment.key);
    this.#side = side;
    this.#recent.remember(conversation, packet);
    return conversation;
  }

  /** One by its key; it is made where there is none. Who says that it is the client, is. */
  #named(key: string, { protocol, source, destination, isClient }: FlowEnds, time: number, isAgain: boolean): Conversation {
    const known = this.#conversations.get(key);
    if (known === undefined) {
      if (this.#conversations.size >= this.#most) this.#fold();
      const isFirst = isClient ?? seemsClient(source, destination);
      const [client, server] = isFirst ? [source, destination] : [destination, source];
      const made = new Conversation({ key, protocol, client, server, isAgain, time });
      this.#conversations.set(key, made);
      return made;
    }
    if (protocol === 'tcp' && isClient !== undefined && isEnd(known.client, source) !== isClient) known.turn();
    return known;
  }

  /** Makes room for some more, as each time takes a look at all. */
  #fold(): void {
    const all = [...this.#conversations.values()].sort((a, b) => Number(isOver(b)) - Number(isOver(a)) || a.last - b.last);
    for (const conversation of all.slice(0, Math.max(1, Math.floor(this.#most / 8)))) {
      conversation.isFolded = true;
      this.other.conversations += 1;
      for (const side of [0, 1] as const) this.other.ways[side].take(conversation.ways[side]);
      this.#conversations.delete(conversation.key);
    }
  }

  /** Of IPv4: later fragments have no ports, and go with the first one. */
  #fragmentOf({ network }: Packet): { key: string; isLater: boolean; isLast: boolean } | undefined {
    if (network?.type !== 'ip4' || (!network.moreFragments && network.fragmentOffset === 0)) return undefined;
    const { source, destination, protocol, id, moreFragments, fragmentOffset } = network;
    return { key: `${source} ${destination} ${protocol} ${id}`, isLater: fragmentOffset > 0, isLast: !moreFragments };
  }

  #remember(key: string, conversation: Conversation): void {
    this.#fragments.set(key, conversation);
    if (this.#fragments.size <= mostFragments) return;
    for (const oldest of this.#fragments.keys()) {
      this.#fragments.delete(oldest);
      break;
    }
  }
}

/** The same for both ways. */
function keyOf({ protocol, source, destination }: FlowEnds): string {
  const [from, to] = [`${source.address} ${source.port ?? ''}`, `${destination.address} ${destination.port ?? ''}`];
  return from < to ? `${protocol} ${from} ${to}` : `${protocol} ${to} ${from}`;
}

/** Which side sent a packet. Who talks to itself asks, unless it says that it answers. */
function sideOf({ client, server }: Conversation, { source, isClient }: FlowEnds, { transport }: Packet): FlowSide {
  if (client.address !== server.address) return client.address === source.address ? 0 : 1;
  // a later fragment has no port to tell
  if (client.port !== server.port && transport !== undefined) return client.port === source.port ? 0 : 1;
  return isClient === false ? 1 : 0;
}

function isEnd(one: FlowEnd, other: FlowEnd): boolean {
  return one.address === other.address && one.port === other.port;
}

function isOver({ state }: Conversation): boolean {
  return state === 'closed' || state === 'reset';
}
