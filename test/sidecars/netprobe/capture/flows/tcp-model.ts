// A TCP connection whose one side sends, over a network that loses, delays and doubles segments on both sides of where they are seen.
import type { Random } from '#harness/random.ts';
import { TCP } from '../../../../../sidecars/netprobe/capture/decode/packet.ts';

/** A segment that passes where packets are captured. Numbers are counted from the first SYN; the one with it has 0. */
export interface Passing {
  /** In microseconds. */
  readonly time: number;
  readonly fromSender: boolean;
  readonly sequence: number;
  readonly payload: number;
  readonly flags: number;
  readonly acknowledgement: number;
  /** Whether its sender sends it for the second time or later. */
  readonly isAgain: boolean;
}

/** How hostile the network is; the shares are between 0 and 1, times are in microseconds. */
export interface Network {
  /** From the sender to where it is seen, and from there to the receiver. */
  readonly near: number;
  readonly far: number;
  readonly lostNear: number;
  readonly lostFar: number;
  readonly lostBack: number;
  readonly doubled: number;
  /** Which share is late, by up to half a round trip. */
  readonly late: number;
}

interface Segment {
  readonly start: number;
  readonly end: number;
  readonly fin: boolean;
}

/** Sends so many bytes, and FIN. @returns what passes, in the order of time */
export function converse({ next, below }: Random, network: Network, bytes: number): readonly Passing[] {
  const { near, far, lostNear, lostFar, lostBack, doubled, late } = network;
  const trip = 2 * (near + far);
  const passed: Passing[] = [];
  const events: { at: number; order: number; run: () => void }[] = [];
  let now = 0;
  let order = 0;
  const at = (time: number, run: () => void) => void events.push({ at: time, order: order++, run });
  const total = bytes + 2;
  const window = 4 + below(16);
  let [sent, done, copies, sentAt, expected] = [1, 1, 0, 0, 1];
  let flight: Segment[] = [];
  const held: Segment[] = [];

  const pass = (what: Omit<Passing, 'time'>) => void passed.push({ time: now, ...what });
  const send = (segment: Segment, isAgain: boolean) => {
    sentAt = now;
    for (let copy = next() < doubled ? 2 : 1; copy > 0; copy -= 1) {
      if (next() < lostNear) continue;
      const wait = near + (next() < late ? 1 + below(trip / 2 - 1) : 0);
      at(now + wait, () => {
        const payload = segment.end - segment.start - Number(segment.fin);
        const flags = TCP.ACK | (segment.fin ? TCP.FIN : 0);
        pass({ fromSender: true, sequence: segment.start, payload, flags, acknowledgement: 1, isAgain });
        if (next() >= lostFar) at(now + far, () => receive(segment));
      });
    }
  };
  const receive = (segment: Segment) => {
    // what came twice is told apart (RFC 2883), and is no sign of a loss
    const isDouble = segment.end <= expected || held.some(({ start, end }) => start <= segment.start && end >= segment.end);
    held.push(segment);
    for (let moved = true; moved; ) {
      const fits = held.find(({ start, end }) => start <= expected && end > expected);
      moved = fits !== undefined;
      if (fits) expected = fits.end;
    }
    const acknowledgement = expected;
    at(now + far, () => {
      pass({ fromSender: false, sequence: 1, payload: 0, flags: TCP.ACK, acknowledgement, isAgain: false });
      if (next() >= lostBack) at(now + near, () => acknowledged(acknowledgement, isDouble));
    });
  };
  const again = () => {
    const first = flight[0];
    if (first === undefined) return;
    copies = 0;
    // it may be cut anew
    const cut = first.start + 1 + below(first.end - first.start);
    const parts =
      cut === first.end
        ? [first]
        : [
            { start: first.start, end: cut, fin: false },
            { ...first, start: cut },
          ];
    flight.splice(0, 1, ...parts);
    send(parts[0] ?? first, true);
  };
  const acknowledged = (number: number, isDouble: boolean) => {
    if (number > done) {
      done = number;
      copies = 0;
      flight = flight.filter(({ end }) => end > done);
    } else if (!isDouble && ++copies === 3) again();
    fill();
  };
  const fill = () => {
    while (flight.length < window && sent < total) {
      const end = Math.min(total, sent + 1 + below(1460));
      const segment = { start: sent, end, fin: end === total };
      sent = end;
      flight.push(segment);
      send(segment, false);
    }
  };
  const watch = () => {
    if (flight.length > 0 && now - sentAt >= 3 * trip) again();
    if (done < total) at(now + trip, watch);
  };

  // the handshake goes well, as what is late is told by its round trip
  const hand = (time: number, fromSender: boolean, sequence: number, flags: number, acknowledgement: number) =>
    passed.push({ time, fromSender, sequence, flags, acknowledgement, payload: 0, isAgain: false });
  hand(near, true, 0, TCP.SYN, 0);
  hand(near + 2 * far, false, 0, TCP.SYN | TCP.ACK, 1);
  hand(3 * near + 2 * far, true, 1, TCP.ACK, 1);
  at(trip, fill);
  at(trip, watch);
  for (let count = 0; events.length > 0 && count < 1_000_000; count += 1) {
    events.sort((a, b) => a.at - b.at || a.order - b.order);
    const event = events.shift();
    if (event === undefined) break;
    now = event.at;
    event.run();
  }
  return passed;
}

/** What a segment that passes repeats, by which numbers passed before: the truth, for who knows what the sender did. */
export class Truth {
  readonly #passed = new Set<number>();
  #highest = 0;
  retransmits = 0;
  bytes = 0;
  late = 0;

  add({ sequence, payload, flags, isAgain }: Passing): void {
    const fin = (flags & TCP.FIN) !== 0;
    const syn = (flags & TCP.SYN) !== 0;
    const end = sequence + payload + Number(fin) + Number(syn);
    let [numbers, bytes, isBehind] = [0, 0, false];
    for (let number = sequence; number < end; number += 1) {
      const isOld = number < this.#highest;
      isBehind ||= isOld;
      if (this.#passed.has(number) || (isOld && isAgain)) {
        numbers += 1;
        if (!(fin && number === end - 1) && !syn) bytes += 1;
      }
      this.#passed.add(number);
    }
    this.#highest = Math.max(this.#highest, end);
    this.bytes += bytes;
    if (numbers > 0) this.retransmits += 1;
    else if (isBehind) this.late += 1;
  }
}
