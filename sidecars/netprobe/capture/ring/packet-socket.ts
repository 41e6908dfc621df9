import { type Libc, type Mapping, SystemError } from '#shared/linux/libc.ts';

// linux/if_packet.h, linux/if_ether.h, asm-generic/socket.h
const AF_PACKET = 17;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0x80000;
const SOL_SOCKET = 1;
const SO = { ERROR: 4, ATTACH_FILTER: 26 } as const;
const SOL_PACKET = 263;
const PACKET = { RX_RING: 5, STATISTICS: 6, VERSION: 10, RESERVE: 12 } as const;
const TPACKET_V3 = 2;
const ETH_P_ALL = 3;

/**
 * So many bytes stand before each frame beside what the kernel has there: with them an Ethernet header, which is 14 bytes long and ends at a multiple
 * of 16, begins at a multiple of four, so that a frame is copied word by word.
 */
const reserve = 2;

/** A block of the ring that is not full is given to us after so long, or twice as long, in milliseconds. */
const blockTimeout = 50;

/** A block of the ring is so large, in bytes: it holds the longest frame, unless a small ring has only room for smaller ones. */
const largestBlock = 512 * 1024;

/** Takes nothing: `ret #0` (linux/filter.h). */
const takesNothing = Uint8Array.of(6, 0, 0, 0, 0, 0, 0, 0);

/** How a packet socket is opened. */
export interface PacketSocketOptions {
  /** The interface that it hears; 0 for all. */
  readonly index: number;
  /** Which packets it takes: instructions as struct sock_filter has them (linux/filter.h); none for all packets. */
  readonly program: Uint8Array;
  /** Memory of the ring, in bytes. */
  readonly ringSize: number;
}

/** What the kernel counted since the socket was opened. */
export interface PacketCounts {
  /** Packets that passed the filter, those that were dropped included. */
  readonly received: number;
  /** Those that there was no room for in the ring. */
  readonly dropped: number;
}

/** A packet socket and the ring that the kernel writes frames to (TPACKET_V3). @see packet(7), https://docs.kernel.org/networking/packet_mmap.html */
export class PacketSocket {
  readonly fd: number;
  /** The memory that it shares with the kernel, which is blocks one behind the other. */
  readonly ring: Mapping;
  readonly blockSize: number;
  readonly blockCount: number;
  readonly #libc: Libc;
  readonly #memory: Mapping;
  readonly #words: Uint32Array;
  #received = 0;
  #dropped = 0;

  /**
   * Takes packets from now on: the filter is there before the first can come.
   * @throws SystemError with the code, such as EPERM without CAP_NET_RAW, and ENOMEM where the kernel has no memory for the ring.
   */
  constructor(libc: Libc, { index, program, ringSize }: PacketSocketOptions) {
    this.#libc = libc;
    this.#memory = libc.map(4096 + program.length);
    this.#words = new Uint32Array(this.#memory.buffer, 0, 16);
    this.blockSize = blockSizeOf(ringSize);
    this.blockCount = Math.max(2, Math.floor(ringSize / this.blockSize));
    // without a protocol nothing comes before it is bound to one
    let fd = libc.socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (fd < 0) fd = libc.socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (fd < 0) throw new SystemError('socket', libc.errno(), 'of packets');
    this.fd = fd;
    try {
      if (program.length > 0) this.#attach(program);
      this.#set('PACKET_VERSION', SOL_PACKET, PACKET.VERSION, TPACKET_V3);
      this.#set('PACKET_RESERVE', SOL_PACKET, PACKET.RESERVE, reserve);
      // struct tpacket_req3: a frame may be as long as its block
      const { blockSize, blockCount } = this;
      this.#set('PACKET_RX_RING', SOL_PACKET, PACKET.RX_RING, blockSize, blockCount, blockSize, blockCount, blockTimeout, 0, 0);
      this.ring = libc.mapShared(fd, blockSize * blockCount);
      this.#bind(index);
    } catch (error) {
      libc.close(fd);
      throw error;
    }
  }

  /** What the kernel counted until now. @throws SystemError */
  counts(): PacketCounts {
    const [received, dropped] = this.#get('PACKET_STATISTICS', SOL_PACKET, PACKET.STATISTICS, 3);
    // it begins anew each time it is read
    this.#received += received;
    this.#dropped += dropped;
    return { received: this.#received, dropped: this.#dropped };
  }

  /** Takes no more packets. What is in the ring stays there, and what is in a block that is not full comes with its time. @throws SystemError */
  reject(): void {
    this.#attach(takesNothing);
  }

  /** The error that it is in, as an errno, which is none afterwards; 0 where there is none. ENETDOWN: its interface was turned off. @throws SystemError */
  takeError(): number {
    return this.#get('SO_ERROR', SOL_SOCKET, SO.ERROR, 1)[0];
  }

  close(): void {
    this.#libc.close(this.fd);
  }

  #bind(index: number): void {
    // struct sockaddr_ll: family, protocol in the order of the network, index; the rest is for sending
    this.#words.fill(0);
    this.#words[0] = AF_PACKET | (ETH_P_ALL << 24);
    this.#words[1] = index;
    const bind = () => this.#libc.bind(this.fd, this.#memory.address, 20);
    if (bind() !== 0 && bind() !== 0) throw new SystemError('bind', this.#libc.errno(), 'a packet socket');
  }

  /** Attaches a filter in the place of the one before. */
  #attach(program: Uint8Array): void {
    const at = 64;
    new Uint8Array(this.#memory.buffer, at, program.length).set(program);
    // struct sock_fprog: how many instructions, and where
    const address = this.#memory.address + BigInt(at);
    this.#words[0] = program.length / 8;
    this.#words[1] = 0;
    this.#words[2] = Number(address & 0xffff_ffffn);
    this.#words[3] = Number(address >> 32n);
    this.#put('SO_ATTACH_FILTER', SOL_SOCKET, SO.ATTACH_FILTER, 16);
  }

  #set(name: string, level: number, option: number, ...words: readonly number[]): void {
    this.#words.set(words);
    this.#put(name, level, option, 4 * words.length);
  }

  #put(name: string, level: number, option: number, length: number): void {
    const set = () => this.#libc.setsockopt(this.fd, level, option, this.#memory.address, length);
    if (set() !== 0 && set() !== 0) throw new SystemError('setsockopt', this.#libc.errno(), name);
  }

  #get(name: string, level: number, option: number, count: number): readonly [number, number] {
    const length = 12;
    this.#words.fill(0, 0, 3);
    this.#words[length] = 4 * count;
    const get = () =>
      this.#libc.getsockopt(this.fd, level, option, this.#memory.address, this.#memory.address + BigInt(4 * length));
    if (get() !== 0 && get() !== 0) throw new SystemError('getsockopt', this.#libc.errno(), name);
    return [this.#words[0] ?? 0, this.#words[1] ?? 0];
  }
}

/** At least eight blocks, as one that is being read is lost to the kernel; each a power of two, and whole pages. */
function blockSizeOf(ringSize: number): number {
  return Math.min(largestBlock, Math.max(65_536, 2 ** Math.floor(Math.log2(ringSize / 8))));
}
