import { receivedBytes } from '../sockets/payload.ts';
import { type SocketRecord, TCP } from '../sockets/record.ts';
import { ConnectionTable } from './connection-table.ts';
import type { Peer } from './peer.ts';
import type { Peers } from './peers.ts';
import type { EphemeralPorts, PortRange } from './ports.ts';

/** For how many readings a port is remembered that is listened on no more: what came in by it may go on. */
const remembered = 12;

/** How connections are known and told apart. */
export interface LedgerOptions {
  readonly peers: Peers;
  readonly ports: EphemeralPorts;
  /** Whether a socket is the probe's, and left out. */
  readonly isOwn: (record: SocketRecord) => boolean;
}

/**
 * Counts every connection once, to the byte: what the readings saw of those that live, and what the kernel told of those that ended. Both are joined by
 * the cookie of the socket; whatever is new of one is added to its peer, so that no counter ever falls.
 */
export class Ledger {
  readonly #peers: Peers;
  readonly #ports: EphemeralPorts;
  readonly #isOwn: (record: SocketRecord) => boolean;
  readonly #table = new ConnectionTable();
  /** Ports that are listened on, or were, with the number of the last reading that found them so. */
  readonly #listening = new Map<number, number>();
  #reading = 0;
  /** Whether each end of a connection is told by {@link ended}. */
  #hears = false;
  #counting = new Uint32Array(16);
  #states = new Uint32Array(16);
  #queuing: { received: number; sent: number } = { received: 0, sent: 0 };
  #queued = this.#queuing;
  #lost = 0;
  #overruns = 0;

  constructor({ peers, ports, isOwn }: LedgerOptions) {
    this.#peers = peers;
    this.#ports = ports;
    this.#isOwn = isOwn;
  }

  /** How many sockets there were in each state at the last reading, by its number. */
  get states(): Uint32Array {
    return this.#states;
  }

  /** Bytes that waited in all connections at the last reading: to be read, and to be acknowledged. */
  get queued(): { readonly received: number; readonly sent: number } {
    return this.#queued;
  }

  /** How many connections ended without a word: what was last seen of them counts. */
  get lost(): number {
    return this.#lost;
  }

  /** How often ends of connections were not told for want of room in the kernel. */
  get overruns(): number {
    return this.#overruns;
  }

  /** From now on each end of a connection is told. */
  hear(): void {
    this.#hears = true;
  }

  /**
   * Before a reading.
   * @param listening the ports that are listened on: whose connections came in
   * @param expected about how many connections there are, where that is known
   */
  begin(listening: Iterable<number>, range: PortRange, expected = 0): void {
    this.#table.reserve(expected);
    this.#reading += 1;
    for (const port of listening) this.#listening.set(port, this.#reading);
    for (const [port, reading] of this.#listening) if (reading + remembered < this.#reading) this.#listening.delete(port);
    this.#counting = new Uint32Array(16);
    this.#queuing = { received: 0, sent: 0 };
    this.#peers.begin();
    this.#ports.begin(range);
  }

  /** A socket that a reading found. */
  see(record: SocketRecord): void {
    const { state } = record;
    this.#counting[state & 15] = (this.#counting[state & 15] ?? 0) + 1;
    this.#queuing.received += record.receiveQueue;
    this.#queuing.sent += record.sendQueue;
    const isIncoming = this.#isIncoming(record);
    if (!isIncoming) this.#ports.see(record);
    if (!isConnection(record) || this.#isOwn(record)) return;
    let place = this.#table.find(record);
    if (place < 0) {
      place = this.#open(record, isIncoming);
      // those that were there before the probe were not opened under its eyes
      if (this.#reading > 1) this.#peerAt(place).opened += 1;
    }
    // it ended after the kernel wrote down what is only read now
    if ((this.#table.peer[place] ?? -1) < 0) return;
    this.#table.seen[place] = this.#reading;
    const peer = this.#peerAt(place);
    this.#add(place, peer, record, receivedBytes(record));
    if (record.rtt > 0) {
      peer.rttNow += record.rtt;
      peer.rttNowCount += 1;
    }
  }

  /** After a reading: those that are gone without a word are counted as they were last seen. */
  end(): void {
    const { seen } = this.#table;
    this.#states = this.#counting;
    this.#queued = this.#queuing;
    for (let place = 0; place < this.#table.places; place += 1) {
      // what has ended may still be on its way to us
      const patience = this.#hears ? 1 : 0;
      if (!this.#table.lives(place) || (seen[place] ?? 0) + patience >= this.#reading) continue;
      if (this.#hears) this.#lost += 1;
      this.#close(place);
    }
    this.#ports.settle();
    this.#peers.settle();
  }

  /** Some ended of which nothing will be told: the next readings find out which. */
  missed(): void {
    this.#overruns += 1;
  }

  /** A connection that ended, with its last numbers. */
  ended(record: SocketRecord): void {
    if (this.#isOwn(record)) return;
    let place = this.#table.find(record);
    if (place < 0) {
      const isIncoming = this.#isIncoming(record) || this.#tookNoSyn(record);
      // a client is acknowledged its SYN, or was never connected
      if (!isIncoming && record.acknowledged === 0) {
        const peer = this.#peers.at(this.#peers.numberOf('out', record));
        peer.failed += 1;
        peer.recent += 1;
        return;
      }
      place = this.#open(record, isIncoming);
      this.#peerAt(place).opened += 1;
    }
    if (!this.#table.lives(place)) return;
    const peer = this.#peerAt(place);
    this.#add(place, peer, record, receivedAtEnd(record, peer.direction === 'in'));
    this.#close(place);
  }

  /**
   * Whether a connection between two ports that the kernel picks came to us, as far as its end tells: what began it was acknowledged a SYN and a FIN beside
   * what it sent, the other side a FIN alone. For a service that has listened on such a port for less than from one reading to the next.
   */
  #tookNoSyn({ localPort, remotePort, acknowledged, sent }: SocketRecord): boolean {
    return this.#ports.isEphemeral(localPort) && this.#ports.isEphemeral(remotePort) && acknowledged === sent + 1;
  }

  /** Whether the other side began it: it came to a port that is listened on, or was, for less than from one reading to the next. */
  #isIncoming({ localPort, remotePort }: SocketRecord): boolean {
    if (this.#listening.has(localPort)) return true;
    return !this.#ports.isEphemeral(localPort) && this.#ports.isEphemeral(remotePort);
  }

  #open(record: SocketRecord, isIncoming: boolean): number {
    const number = this.#peers.numberOf(isIncoming ? 'in' : 'out', record);
    const place = this.#table.add(record);
    this.#table.peer[place] = number;
    this.#table.seen[place] = this.#reading;
    this.#peers.at(number).connections += 1;
    return place;
  }

  #close(place: number): void {
    const peer = this.#peerAt(place);
    peer.connections -= 1;
    peer.closed += 1;
    peer.recent += 1;
    this.#table.now = Math.floor(performance.now() / 1000);
    this.#table.end(place);
  }

  /** Adds to a peer what is new of a connection. */
  #add(place: number, peer: Peer, record: SocketRecord, inBytes: number): void {
    const { sent, received, retransmitted, rtt } = this.#table;
    const moreSent = record.sent - (sent[place] ?? 0);
    const moreReceived = inBytes - (received[place] ?? 0);
    const moreRetransmitted = record.retransmitted - (retransmitted[place] ?? 0);
    if (moreSent > 0) {
      peer.sent += moreSent;
      sent[place] = record.sent;
    }
    if (moreReceived !== 0) {
      peer.receive(moreReceived);
      received[place] = inBytes;
    }
    if (moreRetransmitted > 0) {
      peer.retransmitted += moreRetransmitted;
      retransmitted[place] = record.retransmitted;
    }
    if (moreSent <= 0 && moreReceived <= 0) return;
    peer.recent += Math.max(0, moreSent) + Math.max(0, moreReceived);
    // one that is silent would be measured again and again
    rtt[place] = record.rtt;
    if (record.rtt > 0) peer.observe(record.rtt);
  }

  #peerAt(place: number): Peer {
    return this.#peers.at(this.#table.peer[place] ?? 0);
  }
}

/** Whether a socket is a connection, or was one and still has its numbers. */
function isConnection({ state, hasInfo, cookieLow, cookieHigh, remotePort }: SocketRecord): boolean {
  if ((cookieLow === 0 && cookieHigh === 0) || remotePort === 0) return false;
  if (state === TCP.SYN_SENT || state === TCP.SYN_RECV || state === TCP.NEW_SYN_RECV || state === TCP.CLOSE) return false;
  // what remains in TIME_WAIT, or in FIN_WAIT2 without its owner, knows nothing any more
  return state !== TCP.TIME_WAIT && (hasInfo || state !== TCP.FIN_WAIT2);
}

/**
 * What came of a connection that ended, without the FIN of the other side: its state is not told any more. Its end was orderly, so that there was a FIN, where ours was acknowledged.
 */
function receivedAtEnd({ received, sent, acknowledged }: SocketRecord, isIncoming: boolean): number {
  const ours = sent + (isIncoming ? 0 : 1);
  return acknowledged > ours && received > 0 ? received - 1 : received;
}
