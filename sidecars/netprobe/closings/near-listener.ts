import { codeOf } from '#shared/exit.ts';
import type { Libc } from '#shared/linux/libc.ts';
import { headerSize, NETLINK } from '#shared/linux/netlink/message.ts';
import { NetlinkSocket } from '#shared/linux/netlink/socket.ts';
import { decodeInet } from '../sockets/decode.ts';
import { SocketRecord } from '../sockets/record.ts';
import { groups, receiveBuffer } from './groups.ts';
import type { Hearer } from './hearer.ts';

const AF_INET = 2;
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = 0x80000;

/** Hears of closings in the main thread: costs nothing while there are none, and no more memory. It may be late where much else is done. */
export class NearListener {
  readonly #libc: Libc;
  readonly #hearer: Pick<Hearer, 'ended' | 'lost'>;
  readonly #socket: NetlinkSocket;
  readonly #record = new SocketRecord();
  readonly #done: Promise<void>;
  #ending = false;

  /** Hears from now on. @throws SystemError where the kernel, or a seccomp filter, forbids it */
  constructor(libc: Libc, hearer: Pick<Hearer, 'ended' | 'lost'>) {
    this.#libc = libc;
    this.#hearer = hearer;
    this.#socket = new NetlinkSocket(libc, NETLINK.SOCK_DIAG, { groups, receiveBuffer, waits: true });
    // a process that exits waits for the threads of its pool
    process.on('exit', this.#wake);
    this.#done = this.#listen();
  }

  /** Hears no more. What came before is told still. */
  async stop(): Promise<void> {
    this.#wake();
    await this.#done;
  }

  async #listen(): Promise<void> {
    while (!this.#ending) {
      try {
        this.#take(await this.#socket.arrival());
      } catch (error) {
        if (codeOf(error) !== 'ENOBUFS') throw error;
        this.#hearer.lost();
      }
      this.#drain();
    }
    process.off('exit', this.#wake);
    this.#socket.close();
  }

  #drain(): void {
    for (;;) {
      try {
        const length = this.#socket.receive();
        if (length === 0) return;
        this.#take(length);
      } catch (error) {
        if (codeOf(error) !== 'ENOBUFS') throw error;
        this.#hearer.lost();
      }
    }
  }

  #take(length: number): void {
    // one that never had another side was a listener, or nothing
    if (decodeInet(this.#socket.received, headerSize, length, this.#record) && this.#record.remotePort !== 0)
      this.#hearer.ended(this.#record);
  }

  /** The thread waits for a message: the end of a socket of our own is one. */
  readonly #wake = () => {
    this.#ending = true;
    const fd = this.#libc.socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0) this.#libc.close(fd);
  };
}
