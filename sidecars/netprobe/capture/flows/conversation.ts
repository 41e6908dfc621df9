import type { FlowEnd } from './flow-ends.ts';
import type { FlowApplication } from './flow-names.ts';
import { FlowWay } from './flow-way.ts';
import { Responses } from './responses.ts';
import { type FlowState, TcpFlow } from './tcp-flow.ts';

/** What two ends say to each other in one protocol: packets and bytes each way, and what is known of how it goes. */
export class Conversation {
  readonly key: string;
  readonly protocol: string;
  /** Whether it is one that was seen elsewhere already, as a bridge and what is plugged into it show the same packets. */
  readonly isAgain: boolean;
  /** Who asked for it, as far as that is known. */
  client: FlowEnd;
  server: FlowEnd;
  /** By the way from the client to the server, and by the way back. */
  ways: [FlowWay, FlowWay] = [new FlowWay(), new FlowWay()];
  /** Where each way was seen: the number of the interface, and its name; undefined before. */
  seenAt: [SeenAt | undefined, SeenAt | undefined] = [undefined, undefined];
  /** When it was seen first and last, in microseconds since 1970. */
  first: number;
  last: number;
  readonly tcp: TcpFlow | undefined;
  /** Of DNS, HTTP, ICMP, and of UDP in general; undefined where nothing was asked. */
  responses: Responses | undefined;
  application: FlowApplication | undefined;
  /** Whether it is counted with others by now, and is a conversation no more. */
  isFolded = false;

  constructor({ key, protocol, client, server, isAgain, time }: Begun) {
    this.key = key;
    this.protocol = protocol;
    this.isAgain = isAgain;
    this.client = client;
    this.server = server;
    this.first = time;
    this.last = time;
    this.tcp = protocol === 'tcp' && client.port !== undefined ? new TcpFlow() : undefined;
  }

  /** Undefined of what is no TCP. */
  get state(): FlowState | undefined {
    return this.tcp?.state;
  }

  get packets(): number {
    return this.ways[0].packets + this.ways[1].packets;
  }

  get bytes(): number {
    return this.ways[0].bytes + this.ways[1].bytes;
  }

  /** Something is asked, or answered: see {@link Responses}. */
  timed(isAnswer: boolean, key: number, time: number): void {
    if (!isAnswer) this.responses ??= new Responses();
    if (isAnswer) this.responses?.answered(key, time);
    else this.responses?.asked(key, time);
  }

  /** The client is the other one. */
  turn(): void {
    [this.client, this.server] = [this.server, this.client];
    this.ways.reverse();
    this.seenAt.reverse();
    this.tcp?.turn();
  }
}

/** Whether a frame was seen there; what does not tell its direction has any. */
export function isSeenAt(seen: SeenAt, id: number, direction: SeenAt['direction']): boolean {
  return seen.id === id && (seen.direction === direction || seen.direction === undefined || direction === undefined);
}

/** How a conversation begins. */
interface Begun extends Pick<Conversation, 'key' | 'protocol' | 'client' | 'server' | 'isAgain'> {
  readonly time: number;
}

/** An interface that one way of a conversation is seen at. */
export interface SeenAt {
  readonly id: number;
  readonly name: string;
  /** As the frame says; undefined where it does not. */
  readonly direction: 'in' | 'out' | undefined;
}
