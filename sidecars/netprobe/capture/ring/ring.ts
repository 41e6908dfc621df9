import { linkTypes } from '../frame.ts';
import { type PacketSource, type PacketWriter, packetFlags } from '../pcapng/packet-writer.ts';
import type { MetInterface, MetInterfaces } from './met-interfaces.ts';
import type { PacketSocket } from './packet-socket.ts';

/** struct tpacket_block_desc of linux/if_packet.h: where its fields are, in words of 32 bits. */
const blockAt = { status: 2, packets: 3, first: 4 } as const;
const TP_STATUS = { KERNEL: 0, USER: 1, VLAN_VALID: 0x10, VLAN_TPID_VALID: 0x40 } as const;

/** struct tpacket3_hdr, and struct sockaddr_ll behind it, in words; where the frame begins, and its network header, in bytes. */
const at = {
  next: 0,
  seconds: 1,
  nanoseconds: 2,
  captured: 3,
  length: 4,
  status: 5,
  frame: 24,
  network: 26,
  tag: 8,
  tagType: 36,
  address: 48,
  index: 13,
  hardware: 56,
  packetType: 58,
  addressLength: 59,
} as const;

const ETH_P_8021Q = 0x8100;
/** In front of a VLAN tag there are two addresses. */
const addresses = 12;

/** By PACKET_HOST, PACKET_BROADCAST, PACKET_MULTICAST, PACKET_OTHERHOST and PACKET_OUTGOING. */
const flagsOfType = [
  packetFlags.in | packetFlags.unicast,
  packetFlags.in | packetFlags.broadcast,
  packetFlags.in | packetFlags.multicast,
  packetFlags.in | packetFlags.promiscuous,
  packetFlags.out,
] as const;

/** The length of the header of LINKTYPE_LINUX_SLL2, in bytes. */
const cookedHeader = 20;

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
  /** Where a frame is put together that is not written as it stands in the ring. */
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
      if (((words[word + at.status] ?? 0) & TP_STATUS.VLAN_VALID) !== 0 || place.linkType === linkTypes.linuxCooked2)
        this.#addMade(writer, start, place, flags);
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

  /** Writes a frame that is put together first: with the VLAN tag that the kernel took out of it, or with a cooked header. */
  #addMade(writer: PacketWriter, start: number, place: MetInterface, flags: number): void {
    this.#made ??= sourceOf(new ArrayBuffer(roomOfOne));
    const { words } = this.#source;
    const word = start >> 2;
    const frame = start + (this.#halves[(start + at.frame) >> 1] ?? 0);
    const captured = words[word + at.captured] ?? 0;
    const length = words[word + at.length] ?? 0;
    const more =
      place.linkType === linkTypes.linuxCooked2 ? this.#cook(start, frame, captured) : this.#tag(start, frame, captured);
    writer.add(
      this.#made,
      0,
      captured + more,
      length + more,
      words[word + at.seconds] ?? 0,
      words[word + at.nanoseconds] ?? 0,
      place,
      flags,
    );
  }

  /** Puts a tag back between the addresses and what follows them, as libpcap does. @returns how much longer the frame is by it. */
  #tag(start: number, frame: number, captured: number): number {
    const { bytes, words } = this.#source;
    const made = this.#made?.bytes ?? bytes;
    made.set(bytes.subarray(frame, frame + Math.min(captured, addresses)));
    if (captured < addresses) return 0;
    const status = words[(start >> 2) + at.status] ?? 0;
    const type = (status & TP_STATUS.VLAN_TPID_VALID) !== 0 ? (this.#halves[(start + at.tagType) >> 1] ?? 0) : ETH_P_8021Q;
    const tag = words[(start >> 2) + at.tag] ?? 0;
    made[addresses] = type >> 8;
    made[addresses + 1] = type;
    made[addresses + 2] = tag >> 8;
    made[addresses + 3] = tag;
    made.set(bytes.subarray(frame + addresses, frame + captured), addresses + 4);
    return 4;
  }

  /** Puts the header of LINKTYPE_LINUX_SLL2 in the place of that of the link. @returns how much longer the frame is by it. */
  #cook(start: number, frame: number, captured: number): number {
    const { bytes, words } = this.#source;
    const made = this.#made?.bytes ?? bytes;
    const own = Math.min(captured, Math.max(0, start + (this.#halves[(start + at.network) >> 1] ?? 0) - frame));
    const index = words[(start >> 2) + at.index] ?? 0;
    const hardware = this.#halves[(start + at.hardware) >> 1] ?? 0;
    const protocol = start + at.address + 2;
    made.set([bytes[protocol] ?? 0, bytes[protocol + 1] ?? 0, 0, 0, index >> 24, index >> 16, index >> 8, index]);
    made.set([hardware >> 8, hardware, bytes[start + at.packetType] ?? 0, bytes[start + at.addressLength] ?? 0], 8);
    made.set(bytes.subarray(start + at.address + 12, start + at.address + 20), 12);
    made.set(bytes.subarray(frame + own, frame + captured), cookedHeader);
    return cookedHeader - own;
  }
}

function sourceOf(buffer: ArrayBuffer): PacketSource {
  return { bytes: new Uint8Array(buffer), words: new Uint32Array(buffer) };
}
