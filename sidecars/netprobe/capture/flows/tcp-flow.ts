import { TCP, type TcpHeader } from '../decode/packet.ts';
import type { FlowWay } from './flow-way.ts';
import { distance, Sequences } from './sequences.ts';

/** Where a connection is in its life. One that was there before it was seen is open. */
export type FlowState = 'syn sent' | 'open' | 'closing' | 'closed' | 'reset';

/** Which side sent something: the one that connects, or the one that is connected to. */
export type FlowSide = 0 | 1;

/** How long one that was overtaken may be late where no round trip time is known, in microseconds, as Wireshark has it. */
const usualPatience = 3000;

/** A side asks whether the other one is there only when it was silent for so long, in microseconds: no keep-alive comes sooner (tcp(7)). */
const silence = 1_000_000;

/** One side of a connection. */
class Side {
  sequences = new Sequences();
  /** The sequence number of its SYN. */
  first: number | undefined;
  /** When the last SYN of it was seen. */
  synTime = 0;
  isDone = false;
  /** When it sent something last, but for what it sends now. */
  lastTime = 0;
  /** Undefined before it has told its window. */
  window: number | undefined;
  /** The highest number that it acknowledged. */
  acknowledged: number | undefined;
}

/** The connections between two ends, one after the other: state, round trip time, and what is sent again. */
export class TcpFlow {
  state: FlowState = 'open';
  /** How many were seen to begin. */
  connections = 0;
  /** From the SYN to its answer, in microseconds: the way from here to the server and back. */
  serverRtt: number | undefined;
  /** From that answer to the first acknowledgement: the way from here to the client and back. */
  clientRtt: number | undefined;
  #sides: [Side, Side] = [new Side(), new Side()];

  /** The round trip time of the handshake, of what is known of it. */
  get rtt(): number | undefined {
    const { serverRtt, clientRtt } = this;
    return serverRtt === undefined && clientRtt === undefined ? undefined : (serverRtt ?? 0) + (clientRtt ?? 0);
  }

  /** The client is the other one, as a SYN tells. */
  turn(): void {
    this.#sides.reverse();
  }

  /** @param time in microseconds @param way where it is counted */
  add(side: FlowSide, tcp: TcpHeader, time: number, way: FlowWay): void {
    const { sequence, flags, payload } = tcp;
    const syn = (flags & TCP.SYN) !== 0;
    const fin = (flags & TCP.FIN) !== 0;
    if ((flags & TCP.RST) !== 0) {
      if (this.state !== 'closed') this.state = 'reset';
      return;
    }
    if (syn) this.#begin(side, tcp, time);
    const mine = this.#sides[side];
    const theirs = this.#sides[side === 0 ? 1 : 0];
    if (!syn) this.#advance(side, tcp, time);
    if (fin) {
      mine.isDone = true;
      if (this.state !== 'reset') this.state = theirs.isDone ? 'closed' : 'closing';
    }
    if ((payload > 0 || syn || fin) && !isProbe(tcp, time, mine, theirs)) {
      const patience = this.rtt ?? usualPatience;
      const found = mine.sequences.add({ sequence, payload, syn, fin, time }, patience);
      if (found.isRetransmit) way.retransmits += 1;
      way.retransmittedBytes += found.repeated;
      if (found.isLate) way.late += 1;
    }
    if ((flags & TCP.ACK) !== 0) this.#acknowledge(mine, theirs, tcp.acknowledgement);
    if (tcp.window === 0 && !syn && mine.window !== 0) way.zeroWindows += 1;
    mine.window = tcp.window;
    mine.lastTime = time;
  }

  #begin(side: FlowSide, { sequence, flags }: TcpHeader, time: number): void {
    const isAnswer = (flags & TCP.ACK) !== 0;
    const known = this.#sides[side].first;
    if (!isAnswer && known !== sequence) {
      this.connections += 1;
      this.#sides = [new Side(), new Side()];
      this.serverRtt = undefined;
      this.clientRtt = undefined;
      this.state = 'syn sent';
    }
    if (isAnswer && known !== sequence) {
      if (this.connections === 0) this.connections = 1;
      this.#sides[side] = new Side();
      this.state = 'syn sent';
      if (this.#sides[0].first !== undefined) this.serverRtt = since(this.#sides[0].synTime, time);
    }
    this.#sides[side].first = sequence;
    this.#sides[side].synTime = time;
  }

  /** A segment without SYN: the handshake is over. */
  #advance(side: FlowSide, { flags }: TcpHeader, time: number): void {
    if (this.state !== 'syn sent' || (flags & TCP.ACK) === 0) return;
    const [, server] = this.#sides;
    if (side === 0 && server.first !== undefined) this.clientRtt = since(server.synTime, time);
    this.state = 'open';
  }

  #acknowledge(mine: Side, theirs: Side, number: number): void {
    if (mine.acknowledged !== undefined && distance(mine.acknowledged, number) <= 0) return;
    mine.acknowledged = number;
    theirs.sequences.acknowledged(number);
  }
}

/** Whether a segment only asks whether the other side is there, or has room: its one byte is sent without a hope (RFC 9293, sections 3.8.4 and 3.8.6.1). */
function isProbe({ flags, sequence, payload }: TcpHeader, time: number, mine: Side, theirs: Side): boolean {
  if (payload !== 1 || (flags & (TCP.SYN | TCP.FIN)) !== 0) return false;
  if (theirs.window === 0) return true;
  if (time - mine.lastTime < silence) return false;
  const { next } = mine.sequences;
  const isBehind = next !== undefined && distance(sequence, next) === 1;
  return isBehind && theirs.acknowledged !== undefined && distance(next, theirs.acknowledged) >= 0;
}

/** Clocks may go back. */
function since(begin: number, end: number): number {
  return Math.max(0, end - begin);
}
