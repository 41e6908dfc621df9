import { readFileSync } from 'node:fs';
import { errnos } from '#shared/linux/errno.ts';
import { openLibc, SystemError } from '#shared/linux/libc.ts';
import { floodFrame } from './frames.ts';

// linux/if_packet.h
const AF_PACKET = 17;
const SOCK_RAW = 3;
const SOL_PACKET = 263;
const PACKET_QDISC_BYPASS = 20;
/** Of linux/unistd.h: it differs between the two processors. */
const SYS_sendmmsg = process.arch === 'arm64' ? 269n : 307n;

/** How many frames one system call sends. */
export const batch = 64;
/** sizeof(struct mmsghdr) and of struct iovec. */
const [messageSize, vectorSize] = [64, 16] as const;
/** How far one frame is from the next in memory. */
const room = 2048;

/** Sends frames of one size to an interface, as fast as the kernel takes them. */
export class Sender {
  readonly #libc = openLibc();
  readonly #fd: number;
  readonly #messages: { readonly address: bigint };

  /** @param size of a frame, in bytes: 42 to 2048 @throws Error */
  constructor(name: string, size: number) {
    const libc = this.#libc;
    this.#fd = libc.socket(AF_PACKET, SOCK_RAW, 0);
    if (this.#fd < 0) throw new SystemError('socket', libc.errno(), 'of packets');
    const messages = libc.map(batch * (messageSize + vectorSize + room));
    this.#messages = messages;
    const view = new DataView(messages.buffer);
    for (let index = 0; index < batch; index += 1) {
      const vector = batch * messageSize + index * vectorSize;
      const frame = batch * (messageSize + vectorSize) + index * room;
      // struct msghdr: its vectors, and how many
      view.setBigUint64(index * messageSize + 16, messages.address + BigInt(vector), true);
      view.setBigUint64(index * messageSize + 24, 1n, true);
      view.setBigUint64(vector, messages.address + BigInt(frame), true);
      view.setBigUint64(vector + 8, BigInt(size), true);
      new Uint8Array(messages.buffer, frame, size).set(floodFrame(size, 40_000 + index));
    }
    const words = libc.map(64);
    const word = new Uint32Array(words.buffer);
    word[0] = 1;
    libc.setsockopt(this.#fd, SOL_PACKET, PACKET_QDISC_BYPASS, words.address, 4);
    // struct sockaddr_ll
    word[0] = AF_PACKET;
    word[1] = Number(readFileSync(`/sys/class/net/${name}/ifindex`, 'utf8'));
    if (libc.bind(this.#fd, words.address, 20) !== 0) throw new SystemError('bind', libc.errno(), name);
  }

  /** Sends {@link batch} frames, or as many as there is room for. @returns how many. @throws SystemError */
  send(): number {
    const sent = this.#libc.syscall(SYS_sendmmsg, this.#fd, this.#messages.address, batch, 0);
    if (sent >= 0) return sent;
    const errno = this.#libc.errno();
    if (errno === errnos.ENOBUFS || errno === errnos.EAGAIN) return 0;
    throw new SystemError('sendmmsg', errno);
  }

  close(): void {
    this.#libc.close(this.#fd);
  }
}
