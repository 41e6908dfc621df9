/** Upper bounds of round trip times in seconds: a neighbour on the same machine, in the same building, on the same continent, on another. */
export const rttBounds = [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1] as const;

/** Who began a connection: `in` is the other side. */
export type Direction = 'in' | 'out';

/** What was counted of the connections with one peer at one service. Everything but `connections` and what is about the last reading only grows. */
export class Peer {
  readonly direction: Direction;
  /** An address, the name of a group, or `other`. */
  readonly name: string;
  /** The port of the service: ours for `in`, theirs for `out`; 0 for `other`. */
  readonly port: number;
  /** Whether it has series of its own. */
  shown = false;
  /** Those that are there now. */
  connections = 0;
  opened = 0;
  closed = 0;
  /** Attempts that never became a connection. */
  failed = 0;
  sent = 0;
  received = 0;
  /** What was counted as received and was none: the next bytes make up for it. */
  #owed = 0;
  retransmitted = 0;
  retransmits = 0;
  readonly rttCounts: number[] = rttBounds.map(() => 0);
  rttCount = 0;
  /** In seconds. */
  rttSum = 0;
  /** Of the connections at the last reading, in microseconds: the sum of their round trip times, and of how many it is. */
  rttNow = 0;
  rttNowCount = 0;
  /** How busy it was: what is counted since the last reading, and what is left of the time before. */
  recent = 0;
  score = 0;

  constructor(direction: Direction, name: string, port: number) {
    this.direction = direction;
    this.name = name;
    this.port = port;
  }

  /**
   * Counts bytes that were received; fewer than none where some were counted that were none. A FIN that came while the kernel wrote the socket down is one:
   * the state is from before, the bytes from after. Since no counter falls, what comes next pays for it.
   */
  receive(bytes: number): void {
    const settled = bytes - this.#owed;
    this.#owed = Math.max(0, -settled);
    this.received += Math.max(0, settled);
  }

  /** Counts a round trip time in microseconds. */
  observe(rtt: number): void {
    const seconds = rtt / 1e6;
    this.rttCount += 1;
    this.rttSum += seconds;
    for (let bucket = 0; bucket < rttBounds.length; bucket += 1)
      if (seconds <= (rttBounds[bucket] ?? 0)) {
        this.rttCounts[bucket] = (this.rttCounts[bucket] ?? 0) + 1;
        return;
      }
  }

  /** Adds what another counted to what this one did; the connections that are there stay with whom they are. */
  take(from: Peer): void {
    this.opened += from.opened;
    this.closed += from.closed;
    this.failed += from.failed;
    this.sent += from.sent;
    this.received += from.received;
    this.retransmitted += from.retransmitted;
    this.retransmits += from.retransmits;
    this.rttCount += from.rttCount;
    this.rttSum += from.rttSum;
    for (let bucket = 0; bucket < rttBounds.length; bucket += 1)
      this.rttCounts[bucket] = (this.rttCounts[bucket] ?? 0) + (from.rttCounts[bucket] ?? 0);
  }

  /** Begins to count anew: from now on it has series of its own, and what was is counted with others. */
  reset(): void {
    this.opened = 0;
    this.closed = 0;
    this.failed = 0;
    this.sent = 0;
    this.received = 0;
    this.retransmitted = 0;
    this.retransmits = 0;
    this.rttCount = 0;
    this.rttSum = 0;
    this.rttCounts.fill(0);
  }
}
