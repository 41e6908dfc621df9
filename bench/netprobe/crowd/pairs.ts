import { EPOLL, Epoll } from '#shared/linux/epoll.ts';
import { errnoName, errnos } from '#shared/linux/errno.ts';
import { openLibc } from '#shared/linux/libc.ts';
import { type SocketName, Sockets } from '#shared/linux/socket.ts';

/** Addresses of the loopback that are connected to: as many peers, and ports enough for each. */
const addresses = 64;
/** How often it is looked again for what is on its way within the machine, and how long each time, in milliseconds. */
const patience = { looks: 1000, wait: 5 } as const;

/** Connections of which this process has both ends, on a port of 127.0.1.0 to 127.0.1.63. */
export class Pairs {
  readonly #libc = openLibc();
  readonly #sockets = new Sockets(this.#libc);
  readonly #epoll = new Epoll(this.#libc, 4);
  /** Of what is read and written, nobody looks at anything. */
  readonly #memory = this.#libc.map(4096);
  readonly #listener: number;
  readonly #names: readonly SocketName[];
  #next = 0;

  /** @throws SystemError where the port is taken */
  constructor(port: number) {
    this.#listener = this.#sockets.listen({ type: 'tcp', family: 4, address: '0.0.0.0', port }, 4096);
    if (!this.#epoll.add(this.#listener, EPOLL.IN, 0)) throw new Error('epoll_ctl on the listener failed');
    this.#names = Array.from({ length: addresses }, (_, last) => ({ type: 'tcp', family: 4, address: `127.0.1.${last}`, port }));
  }

  /** Makes a connection that has carried a byte each way. @returns its ends. @throws Error where it cannot be made */
  open(): readonly [client: number, server: number] {
    const name = this.#names[this.#next++ % addresses] as SocketName;
    const client = this.#sockets.open(name);
    if (client < 0) throw new Error(`socket: ${errnoName(-client)}`);
    const errno = this.#sockets.connect(client, name);
    if (errno !== 0) throw new Error(`connect: ${errnoName(errno)}`);
    const server = this.#patiently('accept', () => this.#sockets.accept(this.#listener));
    this.#carry(client, server);
    this.#carry(server, client);
    return [client, server];
  }

  /** Ends a connection as programs do: the client first. */
  close([client, server]: readonly [number, number]): void {
    this.#sockets.close(client);
    this.#sockets.close(server);
  }

  #carry(from: number, to: number): void {
    const { address } = this.#memory;
    this.#patiently('write', () => this.#libc.write(from, address, 1));
    this.#patiently('read', () => this.#libc.read(to, address, 1));
  }

  /** Does what mostly can be done at once: both ends are on this machine. */
  #patiently(call: string, work: () => number): number {
    for (let look = 0; ; look += 1) {
      const result = work();
      if (result >= 0) return result;
      const errno = this.#libc.errno();
      if (look === patience.looks || (look > 0 && errno !== errnos.EAGAIN && errno !== errnos.EINTR))
        throw new Error(`${call}: ${errnoName(errno)}`);
      if (look > 0) this.#epoll.wait(call === 'accept' ? patience.wait : 1);
    }
  }
}
