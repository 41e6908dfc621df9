import { Blocks, packetStamp } from './packet-blocks.ts';

/** Takes remembered packets. @param time when the last of them was seen, in milliseconds since 1970. */
export type TakePackets = (blocks: Uint8Array, packets: number, time: number) => void;

/**
 * The packets that were seen last, in memory that is allocated once and never more. It is filled round and round; what is new takes the
 * place of what is oldest. A block is never torn: where one does not fit before the end, it stands at the beginning.
 */
export class PacketMemory {
  readonly #blocks: Blocks;
  /** So many bytes are put and taken at once, and then what the packet that passes this bound has more. */
  readonly #piece: number;
  /** Where the oldest packet begins, and where the next one will. While both are the same, there is none, or no room. */
  #oldest = 0;
  #next = 0;
  /** Where what is at the end of the memory ends, while what is newer stands before what is older. */
  #turn = Infinity;
  #packets = 0;

  /** @param capacity in bytes; at least as much as the largest block takes. */
  constructor(capacity: number) {
    this.#blocks = new Blocks(new Uint8Array(capacity - (capacity % 4)));
    this.#piece = Math.min(2 ** 20, capacity / 4);
  }

  get packets(): number {
    return this.#packets;
  }

  /** When the oldest packet was seen, in milliseconds since 1970; undefined where there is none. */
  get reach(): number | undefined {
    return this.#packets === 0 ? undefined : this.#blocks.time(this.#oldest);
  }

  /**
   * Remembers packets; other blocks among them are left out.
   * @returns how many older ones had to go for want of room.
   */
  put(given: Blocks, start: number, end: number): number {
    let lost = 0;
    for (let at = start; at < end; ) {
      const from = at;
      let packets = 0;
      while (at < end && given.isPacket(at) && at - from < this.#piece) {
        const next = given.end(at);
        // what does not fit before the end of the memory is put by itself
        if (packets > 0 && this.#next + (next - from) > this.#blocks.bytes.length) break;
        at = next;
        packets += 1;
      }
      if (packets > 0) lost += this.#append(given.bytes.subarray(from, at), packets);
      else at = given.end(at);
    }
    return lost;
  }

  /** Forgets the oldest packets until one was seen after that time. @param time in milliseconds since 1970. */
  forget(time: number): void {
    const stamp = packetStamp(time);
    while (this.#packets > 0 && !this.#blocks.isAfter(this.#oldest, stamp)) this.#drop();
    // where little is remembered, little of the memory is ever touched
    if (this.#packets === 0) this.#next = 0;
  }

  /**
   * Gives away all packets, the oldest first. What was taken is forgotten; where `take` throws, the rest stays.
   * @param rescued how many packets were taken all the same, by what was thrown.
   */
  drain(take: TakePackets, rescued: (error: unknown) => number = () => 0): void {
    while (this.#packets > 0) {
      const run = this.#run();
      let done = run.packets;
      try {
        take(this.#blocks.bytes.subarray(this.#oldest, run.end), run.packets, this.#blocks.time(run.last));
      } catch (error) {
        done = Math.min(run.packets, rescued(error));
        throw error;
      } finally {
        for (let i = 0; i < done; i += 1) this.#drop();
      }
    }
  }

  /** The oldest packets as far as they stand one behind the other. */
  #run(): { readonly end: number; readonly last: number; readonly packets: number } {
    const border = this.#oldest >= this.#next ? Math.min(this.#turn, this.#blocks.bytes.length) : this.#next;
    let last = this.#oldest;
    let end = this.#oldest;
    let packets = 0;
    while (end < border && end - this.#oldest < this.#piece) {
      last = end;
      end = this.#blocks.end(end);
      packets += 1;
    }
    return { end, last, packets };
  }

  /** @returns how many packets had to go. */
  #append(bytes: Uint8Array, packets: number): number {
    const before = this.#packets;
    const { length } = this.#blocks.bytes;
    if (bytes.length > length) throw new Error(`a packet of ${bytes.length} bytes does not fit into a memory of ${length}`);
    if (this.#next + bytes.length > length) {
      // what stands behind is older than all that stands before it
      while (this.#packets > 0 && this.#oldest >= this.#next) this.#drop();
      this.#turn = this.#next;
      this.#next = 0;
    }
    const end = this.#next + bytes.length;
    while (this.#packets > 0 && this.#oldest >= this.#next && this.#oldest < end) this.#drop();
    if (this.#packets === 0) {
      this.#oldest = this.#next;
      this.#turn = Infinity;
    }
    this.#blocks.bytes.set(bytes, this.#next);
    this.#next = end;
    const lost = before - this.#packets;
    this.#packets += packets;
    return lost;
  }

  /** Forgets the oldest packet. */
  #drop(): void {
    this.#oldest = this.#blocks.end(this.#oldest);
    this.#packets -= 1;
    if (this.#oldest >= this.#turn) {
      this.#oldest = 0;
      this.#turn = Infinity;
    }
  }
}
