import { chmodSync, rmSync } from 'node:fs';
import { codeOf } from '#shared/exit.ts';
import type { Libc } from '#shared/linux/libc.ts';
import type { SocketName, Sockets } from '#shared/linux/socket.ts';
import { isStaleSocket } from '#shared/stale-socket.ts';
import type { ListenAddress } from '../routes/route.ts';

/** Clients that the kernel keeps for us until they are accepted; it takes at most net.core.somaxconn. */
export const backlog = 4096;

/** The permissions of a Unix socket where none are given, in octal. */
export const defaultMode = '0666';

const F_DUPFD_CLOEXEC = 1030;

/**
 * A socket that listens and belongs to no engine: each gets a duplicate. So a route may go from one engine to the other
 * while the kernel's queue of clients stays, and none of them is lost.
 */
export class Listening {
  readonly #libc: Libc;
  readonly #sockets: Sockets;
  readonly #fd: number;
  readonly #path: string | undefined;

  private constructor(libc: Libc, sockets: Sockets, fd: number, path: string | undefined) {
    this.#libc = libc;
    this.#sockets = sockets;
    this.#fd = fd;
    this.#path = path;
  }

  /**
   * Listens. A Unix socket that a dead process left behind is replaced.
   * @param mode the permissions of a Unix socket, in octal.
   * @throws SystemError with the code, such as EADDRINUSE or EACCES.
   */
  static async open(libc: Libc, sockets: Sockets, address: ListenAddress, mode = defaultMode): Promise<Listening> {
    if (address.type === 'tcp') return new Listening(libc, sockets, listenTcp(sockets, address), undefined);
    const name: SocketName = { type: 'unix', path: address.path };
    let fd: number;
    try {
      fd = sockets.listen(name, backlog);
    } catch (error) {
      if (codeOf(error) !== 'EADDRINUSE' || !(await isStaleSocket(address.path))) throw error;
      rmSync(address.path, { force: true });
      fd = sockets.listen(name, backlog);
    }
    chmodSync(address.path, Number.parseInt(mode, 8));
    return new Listening(libc, sockets, fd, address.path);
  }

  /** A descriptor of the same socket for an engine, which has to close it. */
  duplicate(): number {
    return this.#libc.fcntl(this.#fd, F_DUPFD_CLOEXEC, 0);
  }

  /** Ends it, once the engines have closed theirs. */
  close(): void {
    this.#sockets.close(this.#fd);
    if (this.#path !== undefined) rmSync(this.#path, { force: true });
  }
}

function listenTcp(sockets: Sockets, { host, port }: Extract<ListenAddress, { type: 'tcp' }>): number {
  if (host !== undefined) {
    const family = host.includes(':') ? 6 : 4;
    return sockets.listen({ type: 'tcp', family, address: host, port }, backlog, host !== '::');
  }
  try {
    return sockets.listen({ type: 'tcp', family: 6, address: '::', port }, backlog);
  } catch (error) {
    // a kernel, or a namespace, without IPv6
    if (codeOf(error) !== 'EAFNOSUPPORT' && codeOf(error) !== 'EADDRNOTAVAIL') throw error;
    return sockets.listen({ type: 'tcp', family: 4, address: '0.0.0.0', port }, backlog);
  }
}
