import { SocketAddress } from 'node:net';
import { errnos } from './errno.ts';
import { type Libc, type Mapping, SystemError } from './libc.ts';

/** An address of a socket: an IP address and a port, or a path; the path of a client that has none is empty. */
export type SocketName =
  | { readonly type: 'tcp'; readonly address: string; readonly family: 4 | 6; readonly port: number }
  | { readonly type: 'unix'; readonly path: string };

const AF = { UNIX: 1, INET: 2, INET6: 10 } as const;
const SOCK_STREAM = 1;
const SOCK_FLAGS = 0x800 | 0x80000; // SOCK_NONBLOCK | SOCK_CLOEXEC
const SOL_SOCKET = 1;
const SO = { REUSEADDR: 2, ERROR: 4, KEEPALIVE: 9, LINGER: 13 } as const;
const IPPROTO = { TCP: 6, IPV6: 41 } as const;
const TCP = { NODELAY: 1, KEEPIDLE: 4 } as const;
/** Seconds of silence after which the system asks whether the other side still lives, instead of two hours. */
const keepIdle = 60;
const IPV6_V6ONLY = 26;
const MSG_NOSIGNAL = 0x4000;
const SHUT_WR = 1;

/** sizeof(struct sockaddr_un): the largest address there is here. */
const nameSize = 110;

/** Sockets by their descriptors. All of them do not block and are closed by exec. Not for two threads: it works in memory of its own. */
export class Sockets {
  readonly #libc: Libc;
  readonly #memory: Mapping;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** Addresses that were written before, by the very object. */
  readonly #encoded = new WeakMap<SocketName, Uint8Array>();
  /** Offsets in the memory. */
  static readonly #at = { one: 0, idle: 4, linger: 8, error: 16, length: 24, name: 64, out: 256 } as const;
  readonly #address: { readonly [K in 'one' | 'idle' | 'linger' | 'error' | 'length' | 'name' | 'out']: bigint };

  constructor(libc: Libc) {
    this.#libc = libc;
    this.#memory = libc.map(8192);
    this.#bytes = new Uint8Array(this.#memory.buffer);
    this.#view = new DataView(this.#memory.buffer);
    const at = (offset: number) => this.#memory.address + BigInt(offset);
    const { one, idle, linger, error, length, name, out } = Sockets.#at;
    this.#address = {
      one: at(one),
      idle: at(idle),
      linger: at(linger),
      error: at(error),
      length: at(length),
      name: at(name),
      out: at(out),
    };
    this.#view.setInt32(one, 1, true);
    this.#view.setInt32(idle, keepIdle, true);
    this.#view.setInt32(linger, 1, true); // l_onoff; l_linger stays 0
  }

  /** A new socket for addresses of that kind; where there is none to be had, the errno as a negative number. */
  open(name: SocketName): number {
    const family = name.type === 'unix' ? AF.UNIX : name.family === 6 ? AF.INET6 : AF.INET;
    let fd = this.#libc.socket(family, SOCK_STREAM | SOCK_FLAGS, 0);
    if (fd < 0) fd = this.#libc.socket(family, SOCK_STREAM | SOCK_FLAGS, 0);
    return fd < 0 ? -this.#libc.errno() : fd;
  }

  /**
   * A socket that listens.
   * @param only6 whether an IPv6 address leaves IPv4 alone; `::` without it takes both.
   * @throws SystemError with the code, such as EADDRINUSE or EACCES.
   */
  listen(name: SocketName, backlog: number, only6 = false): number {
    const fd = this.open(name);
    if (fd < 0) throw new SystemError('socket', -fd);
    const { one } = this.#address;
    this.#libc.setsockopt(fd, SOL_SOCKET, SO.REUSEADDR, one, 4);
    if (name.type === 'tcp' && name.family === 6 && only6) this.#libc.setsockopt(fd, IPPROTO.IPV6, IPV6_V6ONLY, one, 4);
    // what is accepted inherits both, which saves three calls for each client
    if (name.type === 'tcp') {
      this.sendAtOnce(fd);
      this.keepAlive(fd);
    }
    if (this.#libc.bind(fd, this.#address.name, this.#encode(name)) < 0) throw this.#closing(fd, 'bind');
    if (this.#libc.listen(fd, backlog) < 0) throw this.#closing(fd, 'listen');
    return fd;
  }

  /** The next client of a listening socket; negative where there is none: see errno. */
  accept(fd: number): number {
    this.#view.setInt32(Sockets.#at.length, nameSize, true);
    return this.#libc.accept4(fd, this.#address.name, this.#address.length, SOCK_FLAGS);
  }

  /** The address of the client that {@link accept} gave last. */
  accepted(): SocketName {
    return this.#decode();
  }

  /** A hash of its IP address, for balancing; 0 for a Unix socket. */
  acceptedHash(): number {
    const at = Sockets.#at.name;
    const family = this.#view.getUint16(at, true);
    if (family === AF.INET) return this.#view.getUint32(at + 4, false);
    if (family !== AF.INET6) return 0;
    let hash = 0;
    for (let word = 0; word < 4; word += 1) hash = Math.imul(hash, 31) + this.#view.getUint32(at + 8 + word * 4, false);
    return hash >>> 0;
  }

  /** Begins to connect. @returns 0 where it is connected or on its way, else the errno. */
  connect(fd: number, name: SocketName): number {
    const length = this.#encode(name);
    const { EINPROGRESS, EALREADY, EISCONN, EINTR } = errnos;
    // one that is refused for good is refused again
    for (let attempt = 0; ; attempt += 1) {
      if (this.#libc.connect(fd, this.#address.name, length) === 0) return 0;
      const errno = this.#libc.errno();
      if (errno === EINPROGRESS || errno === EALREADY || errno === EISCONN) return 0;
      if (attempt > 0 && errno !== EINTR) return errno;
    }
  }

  /** The error of a socket that is pending, and clears it; 0 where there is none. */
  error(fd: number): number {
    this.#view.setInt32(Sockets.#at.length, 4, true);
    this.#view.setInt32(Sockets.#at.error, 0, true);
    this.#libc.getsockopt(fd, SOL_SOCKET, SO.ERROR, this.#address.error, this.#address.length);
    return this.#view.getInt32(Sockets.#at.error, true);
  }

  /** Whether the client that {@link accept} gave last came by TCP. */
  acceptedTcp(): boolean {
    return this.#view.getUint16(Sockets.#at.name, true) !== AF.UNIX;
  }

  /** The local address of a socket; undefined where it is closed. */
  localName(fd: number): SocketName | undefined {
    return this.#nameBy(this.#libc.getsockname, fd);
  }

  /** The address of the other side; undefined where there is none any more. */
  peerName(fd: number): SocketName | undefined {
    return this.#nameBy(this.#libc.getpeername, fd);
  }

  /** Has small packets sent at once. For TCP. */
  sendAtOnce(fd: number): void {
    this.#libc.setsockopt(fd, IPPROTO.TCP, TCP.NODELAY, this.#address.one, 4);
  }

  /** Has a dead peer noticed, after a minute of silence and some more of probes (tcp(7), TCP_KEEPIDLE). For TCP. */
  keepAlive(fd: number): void {
    this.#libc.setsockopt(fd, IPPROTO.TCP, TCP.KEEPIDLE, this.#address.idle, 4);
    this.#libc.setsockopt(fd, SOL_SOCKET, SO.KEEPALIVE, this.#address.one, 4);
  }

  /** Sends a few bytes on a socket that has sent none yet, so that they fit. False where they did not go. */
  sendFirst(fd: number, bytes: Uint8Array): boolean {
    this.#bytes.set(bytes, Sockets.#at.out);
    return this.#libc.send(fd, this.#address.out, bytes.length, MSG_NOSIGNAL) === bytes.length;
  }

  /** Sends a FIN: nothing more comes from this side. */
  shutdown(fd: number): void {
    this.#libc.shutdown(fd, SHUT_WR);
  }

  close(fd: number): void {
    this.#libc.close(fd);
  }

  /** Closes with a reset (RST) instead of a FIN; what is not sent yet is lost. */
  reset(fd: number): void {
    this.#libc.setsockopt(fd, SOL_SOCKET, SO.LINGER, this.#address.linger, 8);
    this.#libc.close(fd);
  }

  #nameBy(ask: Libc['getsockname'], fd: number): SocketName | undefined {
    this.#view.setInt32(Sockets.#at.length, nameSize, true);
    return ask(fd, this.#address.name, this.#address.length) === 0 ? this.#decode() : undefined;
  }

  #closing(fd: number, call: string): SystemError {
    const error = new SystemError(call, this.#libc.errno());
    this.#libc.close(fd);
    return error;
  }

  /** Writes an address to the memory; gives its length. */
  #encode(name: SocketName): number {
    let encoded = this.#encoded.get(name);
    if (encoded === undefined) {
      encoded = encodeName(name);
      this.#encoded.set(name, encoded);
    }
    this.#bytes.set(encoded, Sockets.#at.name);
    return encoded.length;
  }

  #decode(): SocketName {
    const at = Sockets.#at.name;
    const family = this.#view.getUint16(at, true);
    if (family !== AF.INET && family !== AF.INET6) {
      const length = this.#view.getInt32(Sockets.#at.length, true);
      const path = Buffer.from(this.#bytes.subarray(at + 2, at + Math.max(2, length))).toString();
      return { type: 'unix', path: path.replace(/\0.*$/s, '') };
    }
    const port = this.#view.getUint16(at + 2, false);
    if (family === AF.INET) return { type: 'tcp', family: 4, port, address: this.#bytes.subarray(at + 4, at + 8).join('.') };
    const words = Array.from({ length: 8 }, (_, word) => this.#view.getUint16(at + 8 + word * 2, false));
    const mapped = words.slice(0, 6).join() === '0,0,0,0,0,65535';
    if (mapped) return { type: 'tcp', family: 4, port, address: this.#bytes.subarray(at + 20, at + 24).join('.') };
    const address = new SocketAddress({ family: 'ipv6', address: words.map((word) => word.toString(16)).join(':') }).address;
    return { type: 'tcp', family: 6, port, address };
  }
}

/** struct sockaddr_in, sockaddr_in6 (netinet/in.h) or sockaddr_un (sys/un.h). */
function encodeName(name: SocketName): Uint8Array {
  if (name.type === 'unix') {
    const path = Buffer.from(name.path);
    if (path.length > nameSize - 3) throw new RangeError(`${name.path}: a Unix socket's path has at most ${nameSize - 3} bytes`);
    const bytes = new Uint8Array(path.length + 3);
    new DataView(bytes.buffer).setUint16(0, AF.UNIX, true);
    bytes.set(path, 2);
    return bytes;
  }
  const bytes = new Uint8Array(name.family === 6 ? 28 : 16);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, name.family === 6 ? AF.INET6 : AF.INET, true);
  view.setUint16(2, name.port, false);
  bytes.set(name.family === 6 ? bytesOf6(name.address) : name.address.split('.').map(Number), name.family === 6 ? 8 : 4);
  return bytes;
}

/** The sixteen bytes of an IPv6 address, without its zone. */
function bytesOf6(address: string): Uint8Array {
  const [plain = ''] = address.split('%');
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(plain);
  const hex = (high = '0', low = '0') => ((Number(high) << 8) | Number(low)).toString(16);
  const text = dotted ? `${dotted[1]}${hex(dotted[2], dotted[3])}:${hex(dotted[4], dotted[5])}` : plain;
  const [head = '', tail] = text.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const words = [
    ...left,
    ...Array.from({ length: tail === undefined ? 0 : 8 - left.length - right.length }, () => '0'),
    ...right,
  ];
  const bytes = new Uint8Array(16);
  for (const [index, word] of words.entries()) {
    const value = Number.parseInt(word, 16);
    bytes[index * 2] = value >> 8;
    bytes[index * 2 + 1] = value & 255;
  }
  return bytes;
}
