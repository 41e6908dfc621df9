import { linkTypes } from '../frame.ts';
import { type PacketSource, type PacketWriter, packetFlags } from '../pcapng/packet-writer.ts';
import type { MetInterface, MetInterfaces } from './met-interfaces.ts';
import type { PacketSocket } from './packet-socket.ts';

/** struct tpacket_block_desc of linux/if_packet.h: where its fields are, in words of 32 bits. */
const blockAt = { status: 2, packets: 3, first: 4 } as const;
const TP_STATUS = { KERNEL: 0, USER: 1, VLAN_VALID: 0x10, VLAN_TPID_VALID: 0x40 } as const;

/** struct tpacket3_hdr, and struct sockaddr_ll behind it: in words, and what is shorter than one in bytes. */
const at = {
  next: 0,
  seconds: 1,
  nanoseconds: 2,
  captured: 3,
  length: 4,
  status: 5,
  frame: 24,
  tag: 8,
  tagType: 36,
  index: 13,
  hardware: 56,
  packetType: 58,
} as const;

const ETH_P_8021Q = 0x8100;
/** In front of a VLAN tag there are two addresses; in bytes. */
const addresses = 12;
const tagSize = 4;

/** By PACKET_HOST, PACKET_BROADCAST, PACKET_MULTICAST, PACKET_OTHERHOST and PACKET_OUTGOING. */
const flagsOfType = [
  packetFlags.in | packetFlags.unicast,
  packetFlags.in | packetFlags.broadcast,
  packetFlags.in | packetFlags.multicast,
  packetFlags.in | packetFlags.promiscuous,
  packetFlags.out,
] as const;

/** Longer than any frame with what is put in front of it, in bytes. */
const roomOfOne = 262_144 + 65_536;

/** The ring of a packet socket, read block by block. Nothing is made anew for a packet. */
export class Ring {
  readonly #source: PacketSource;
  readonly #halves: Uint16Array;
  readonly #status: Int32Array;
  readonly #blockSize: number;
  readonly #blockCount: number;
  /** The block that comes next, and how many packets of it were taken, and where the one behind them is. */
  #block = 0;
  #taken = 0;
  #next = 0;
  /** Where a frame is put together that stands otherwise in the ring. */
  #made: PacketSource | undefined;

  constructor({ ring, blockSize, blockCount }: Pick<PacketSocket, 'ring' | 'blockSize' | 'blockCount'>) {
    this.#source = sourceOf(ring.buffer);
    this.#halves = new Uint16Array(ring.buffer);
    this.#status = new Int32Array(ring.buffer);
    this.#blockSize = blockSize;
    this.#blockCount = blockCount;
  }

  /** Whether there is a block to take packets from. */
  get isReady(): boolean {
    return (Atomics.load(this.#status, ((this.#block * this.#blockSize) >> 2) + blockAt.status) & TP_STATUS.USER) !== 0;
  }

  /**
   * Writes the packets of one block, and gives it back to the kernel.
   * @param most how many packets at most; more of them stay where they are, and so does the block.
   * @returns how many it wrote.
   * @throws as the sink of the writer does; it cannot go on then.
   */
  take(writer: PacketWriter, met: MetInterfaces, most: number): number {
    const { words, bytes } = this.#source;
    const block = (this.#block * this.#blockSize) >> 2;
    const inBlock = words[block + blockAt.packets] ?? 0;
    const count = Math.min(inBlock - this.#taken, most);
    let start = this.#taken === 0 ? 4 * block + (words[block + blockAt.first] ?? 0) : this.#next;
    let place = met.last;
    for (let index = 0; index < count; index += 1) {
      const word = start >> 2;
      const interfaceIndex = words[word + at.index] ?? 0;
      const seconds = words[word + at.seconds] ?? 0;
      if (interfaceIndex !== place.index) place = met.of(interfaceIndex, this.#halves[(start + at.hardware) >> 1] ?? 0, seconds);
      place.packets += 1;
      const flags = flagsOfType[bytes[start + at.packetType] ?? 0] ?? 0;
      if (((words[word + at.status] ?? 0) & TP_STATUS.VLAN_VALID) !== 0 && place.linkType === linkTypes.ethernet)
        this.#addTagged(writer, start, place, flags);
      else
        writer.add(
          this.#source,
          start + (this.#halves[(start + at.frame) >> 1] ?? 0),
          words[word + at.captured] ?? 0,
          words[word + at.length] ?? 0,
          seconds,
          words[word + at.nanoseconds] ?? 0,
          place,
          flags,
        );
      start += words[word + at.next] ?? 0;
    }
    this.#taken += count;
    this.#next = start;
    if (this.#taken === inBlock) this.#giveBack(block);
    return count;
  }

  #giveBack(block: number): void {
    this.#taken = 0;
    this.#block = (this.#block + 1) % this.#blockCount;
    // what was read of it was read before that
    Atomics.store(this.#status, block + blockAt.status, TP_STATUS.KERNEL);
  }

  /** Writes a frame with the VLAN tag that the kernel took out of it. */
  #addTagged(writer: PacketWriter, start: number, place: MetInterface, flags: number): void {
    this.#made ??= sourceOf(new ArrayBuffer(roomOfOne));
    const { words } = this.#source;
    const word = start >> 2;
    const captured = words[word + at.captured] ?? 0;
    const more = this.#tag(this.#made.bytes, start, captured);
    writer.add(
      this.#made,
      0,
      captured + more,
      (words[word + at.length] ?? 0) + tagSize,
      words[word + at.seconds] ?? 0,
      words[word + at.nanoseconds] ?? 0,
      place,
      flags,
    );
  }

  /** Puts a tag back between the addresses and what follows them, as libpcap does. @returns how many bytes more are captured. */
  #tag(made: Uint8Array, start: number, captured: number): number {
    const { bytes, words } = this.#source;
    const frame = start + (this.#halves[(start + at.frame) >> 1] ?? 0);
    made.set(bytes.subarray(frame, frame + Math.min(captured, addresses)));
    if (captured < addresses) return 0;
    const status = words[(start >> 2) + at.status] ?? 0;
    const type = (status & TP_STATUS.VLAN_TPID_VALID) !== 0 ? (this.#halves[(start + at.tagType) >> 1] ?? 0) : ETH_P_8021Q;
    const tag = words[(start >> 2) + at.tag] ?? 0;
    made[addresses] = type >> 8;
    made[addresses + 1] = type;
    made[addresses + 2] = tag >> 8;
    made[addresses + 3] = tag;
    made.set(bytes.subarray(frame + addresses, frame + captured), addresses + tagSize);
    return tagSize;
  }
}

function sourceOf(buffer: ArrayBuffer): PacketSource {
  return { bytes: Buffer.from(buffer), words: new Uint32Array(buffer) };
}
