import { errnos } from './errno.ts';
import { type Libc, type Mapping, SystemError } from './libc.ts';

const AF_INET = 2;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0x80000;
/** linux/sockios.h. */
const SIOC = { GIFNAME: 0x8910n, GIFFLAGS: 0x8913n, GIFHWADDR: 0x8927n, GIFINDEX: 0x8933n } as const;
const IFF_UP = 1;

/** IFNAMSIZ of linux/if.h: the name with its NUL; and where struct ifreq has everything else. */
const nameSize = 16;

/** The interfaces of the network namespace by their names and their indexes, each asked for by itself. Not for two threads. @see netdevice(7) */
export class InterfaceTable {
  readonly #libc: Libc;
  readonly #memory: Mapping;
  readonly #bytes: Buffer;
  readonly #fd: number;

  /** @throws SystemError where no socket can be had. */
  constructor(libc: Libc) {
    this.#libc = libc;
    this.#memory = libc.map(4096);
    this.#bytes = Buffer.from(this.#memory.buffer);
    let fd = libc.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) fd = libc.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) throw new SystemError('socket', libc.errno());
    this.#fd = fd;
  }

  /** The index of an interface; undefined where there is none of that name. @throws SystemError */
  indexOf(name: string): number | undefined {
    return this.#askOf(name, SIOC.GIFINDEX) ? this.#bytes.readInt32LE(nameSize) : undefined;
  }

  /** The name of an interface; undefined where there is none of that index. @throws SystemError */
  nameOf(index: number): string | undefined {
    this.#bytes.fill(0, 0, nameSize);
    this.#bytes.writeInt32LE(index, nameSize);
    if (!this.#ask(SIOC.GIFNAME)) return undefined;
    return this.#bytes.toString('utf8', 0, this.#bytes.indexOf(0));
  }

  /** The type of the hardware of an interface, one of ARPHRD_ (linux/if_arp.h); undefined where there is none of that name. @throws SystemError */
  hardwareOf(name: string): number | undefined {
    return this.#askOf(name, SIOC.GIFHWADDR) ? this.#bytes.readUInt16LE(nameSize) : undefined;
  }

  /** Whether an interface is turned on; undefined where there is none of that name. @throws SystemError */
  isUp(name: string): boolean | undefined {
    return this.#askOf(name, SIOC.GIFFLAGS) ? (this.#bytes.readUInt16LE(nameSize) & IFF_UP) !== 0 : undefined;
  }

  close(): void {
    this.#libc.close(this.#fd);
  }

  #askOf(name: string, request: bigint): boolean {
    const bytes = Buffer.from(name);
    if (bytes.length >= nameSize || bytes.includes(0)) return false;
    this.#bytes.fill(0, 0, 2 * nameSize);
    this.#bytes.set(bytes);
    return this.#ask(request);
  }

  #ask(request: bigint): boolean {
    for (let attempt = 0; ; attempt += 1) {
      if (this.#libc.ioctl(this.#fd, request, this.#memory.address) === 0) return true;
      if (attempt === 0) continue;
      const errno = this.#libc.errno();
      if (errno === errnos.ENODEV || errno === errnos.ENXIO) return false;
      throw new SystemError('ioctl', errno);
    }
  }
}
