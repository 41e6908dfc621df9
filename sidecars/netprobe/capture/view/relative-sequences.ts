import { TCP, type TcpHeader } from '../decode/packet.ts';

/** Where the numbers of a connection began: those of the end that was met first, and those of the other. */
interface Beginning {
  readonly first: string;
  firstNumber: number;
  otherNumber: number;
}

/** How many connections are remembered: the ones that came first are forgotten, and their numbers begin anew. */
const mostConnections = 16_384;

/**
 * Makes numbers of TCP readable as tcpdump(8) does: they count from what was met first of a connection. That is the SYN and ACK of a handshake, or any
 * other segment with an ACK; it is shown with the numbers it has.
 */
export class RelativeSequences {
  /** Of the segment that was looked at last. */
  sequence = 0;
  acknowledgement = 0;
  /** What has to be taken away from numbers that it acknowledges selectively. */
  acknowledged = 0;
  readonly #beginnings = new Map<string, Beginning>();
  readonly #most: number;

  constructor(most = mostConnections) {
    this.#most = most;
  }

  /** @param from address and port, and those of the other end */
  look(from: string, to: string, { flags, sequence, acknowledgement }: TcpHeader): void {
    this.sequence = sequence;
    this.acknowledgement = acknowledgement;
    this.acknowledged = 0;
    if ((flags & TCP.ACK) === 0) return;
    const key = from < to ? `${from} ${to}` : `${to} ${from}`;
    const known = this.#beginnings.get(key);
    if (known === undefined || (flags & TCP.SYN) !== 0) {
      this.#remember(key, { first: from, firstNumber: sequence, otherNumber: (acknowledgement - 1) >>> 0 });
      this.acknowledged = (acknowledgement - 1) >>> 0;
      return;
    }
    const isFirst = known.first === from;
    this.acknowledged = isFirst ? known.otherNumber : known.firstNumber;
    this.sequence = (sequence - (isFirst ? known.firstNumber : known.otherNumber)) >>> 0;
    this.acknowledgement = (acknowledgement - this.acknowledged) >>> 0;
  }

  #remember(key: string, beginning: Beginning): void {
    if (this.#beginnings.size >= this.#most && !this.#beginnings.has(key)) {
      const [oldest] = this.#beginnings.keys();
      if (oldest !== undefined) this.#beginnings.delete(oldest);
    }
    this.#beginnings.set(key, beginning);
  }
}
