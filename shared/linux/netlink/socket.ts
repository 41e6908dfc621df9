import { read } from 'node:fs';
import { errnos } from '../errno.ts';
import { type Libc, type Mapping, SystemError } from '../libc.ts';
import { type Received, received } from './message.ts';

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_NONBLOCK = 0x800;
const SOCK_CLOEXEC = 0x80000;
const MSG_DONTWAIT = 0x40;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;

/** Longer than any message: a dump comes in pieces of at most 32 KiB (net/netlink/af_netlink.c, netlink_recvmsg). */
const bufferSize = 65_536;

/** Its addresses and options, behind the buffer. */
const at = { name: bufferSize, option: bufferSize + 16 } as const;

/** How a socket is opened. */
export interface NetlinkOptions {
  /** Groups of events that are heard, a bit for each: the group number less one. */
  readonly groups?: number;
  /** How much of events may wait to be read, in bytes as the kernel accounts them; the kernel takes at most `net.core.rmem_max`. */
  readonly receiveBuffer?: number;
  /** Whether {@link NetlinkSocket.arrival} is used: nothing else of it ever blocks. */
  readonly waits?: boolean;
}

/** A netlink socket: requests go out, messages come in, and it never blocks. Not for two threads. @see netlink(7) */
export class NetlinkSocket {
  readonly fd: number;
  /** What {@link receive} read last. It is the kernel's own memory, and stays where it is. */
  readonly received: Received;
  readonly #libc: Libc;
  readonly #memory: Mapping;
  readonly #waits: boolean;
  #closed = false;

  /**
   * @param protocol one of NETLINK
   * @throws SystemError with the code, such as EPERM or EPROTONOSUPPORT, where the kernel or a seccomp filter refuses it.
   */
  constructor(libc: Libc, protocol: number, { groups = 0, receiveBuffer, waits = false }: NetlinkOptions = {}) {
    this.#libc = libc;
    this.#waits = waits;
    const flags = SOCK_CLOEXEC | (waits ? 0 : SOCK_NONBLOCK);
    this.#memory = memoryOf(libc);
    this.received = received(this.#memory.buffer);
    let fd = libc.socket(AF_NETLINK, SOCK_RAW | flags, protocol);
    if (fd < 0) fd = libc.socket(AF_NETLINK, SOCK_RAW | flags, protocol);
    if (fd < 0) throw this.#failed('socket');
    this.fd = fd;
    const { words } = this.received;
    if (receiveBuffer !== undefined) {
      words[at.option >> 2] = receiveBuffer;
      libc.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, this.#memory.address + BigInt(at.option), 4);
    }
    // struct sockaddr_nl: family, port 0 for one of the kernel's choice, groups
    words[at.name >> 2] = AF_NETLINK;
    words[(at.name >> 2) + 1] = 0;
    words[(at.name >> 2) + 2] = groups;
    if (libc.bind(fd, this.#memory.address + BigInt(at.name), 12) < 0) {
      const error = this.#failed('bind');
      this.close();
      throw error;
    }
  }

  /** Sends a request. @throws SystemError */
  send(request: Uint8Array): void {
    this.received.bytes.set(request);
    for (let attempt = 0; ; attempt += 1) {
      if (this.#libc.write(this.fd, this.#memory.address, request.length) === request.length) return;
      if (attempt > 0 && this.#libc.errno() !== errnos.EINTR) throw this.#failed('write');
    }
  }

  /**
   * Reads the next message, or the next piece of a dump, into {@link received}.
   * @returns its length in bytes; 0 where there is none.
   * @throws SystemError with the code ENOBUFS where events were lost because they were not read in time: read on.
   */
  receive(): number {
    for (let attempt = 0; ; attempt += 1) {
      const length = this.#waits
        ? this.#libc.recv(this.fd, this.#memory.address, bufferSize, MSG_DONTWAIT)
        : this.#libc.read(this.fd, this.#memory.address, bufferSize);
      if (length >= 0) return length;
      const errno = this.#libc.errno();
      if (errno === errnos.EAGAIN) return 0;
      // that events were lost is told once; any other errno may be another call's, see Libc.errno
      if (errno === errnos.ENOBUFS || (attempt > 0 && errno !== errnos.EINTR)) throw this.#failed('read', errno);
    }
  }

  /**
   * Waits for the next message and reads it into {@link received}, in a thread of the pool: the event loop goes on, and nothing is asked again and again.
   * It has to end before the socket is closed.
   * @returns the length of the message
   * @throws Error with the code ENOBUFS as {@link receive} does
   */
  arrival(): Promise<number> {
    return new Promise((resolve, reject) => {
      read(this.fd, this.received.bytes, 0, bufferSize, null, (error, length) =>
        error === null ? resolve(length) : reject(error),
      );
    });
  }

  /** Closes it, and keeps its memory for the next one. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#libc.close(this.fd);
    spare.push(this.#memory);
  }

  #failed(call: string, errno = this.#libc.errno()): SystemError {
    return new SystemError(call, errno, 'netlink');
  }
}

/** Memory of sockets that are closed: a mapping is never given back. */
const spare: Mapping[] = [];

function memoryOf(libc: Libc): Mapping {
  return spare.pop() ?? libc.map(bufferSize + 4096);
}
