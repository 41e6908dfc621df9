import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { codeOf } from '#shared/exit.ts';
import { isStaleSocket } from '#shared/stale-socket.ts';
import type { EngineListener } from '../engine.ts';
import { acceptRaw, type RawConnection } from './accept.ts';

/** Clients that may wait to be accepted; the system's own limit (net.core.somaxconn, 4096 since Linux 5.4) is the ceiling. */
const backlog = 4096;

/** What comes in on a listener. */
export interface Arrivals {
  /** A connection, below Node's sockets. */
  raw(raw: RawConnection): void;
  /** A connection on a Node whose servers are not as expected. It is not read from. */
  socket(socket: Socket): void;
  /** Clients could not be accepted, by the system's code, such as EMFILE. */
  failed(code: string): void;
}

/** A listening socket. */
export class Listening {
  readonly #server: Server;
  readonly #path: string | undefined;

  private constructor(server: Server, path: string | undefined) {
    this.#server = server;
    this.#path = path;
  }

  /**
   * Listens. A Unix socket that a dead process left behind is replaced.
   * @throws the system's error, such as EADDRINUSE.
   */
  static async open(listener: EngineListener, arrivals: Arrivals): Promise<Listening> {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
    const { address } = listener;
    // the file of a socket that was handed in is that of whoever made it
    const path = address.type === 'unix' && listener.fd === undefined ? address.path : undefined;
    try {
      await listen(server, listener);
    } catch (error) {
      if (path === undefined || codeOf(error) !== 'EADDRINUSE' || !(await isStaleSocket(path))) throw error;
      rmSync(path, { force: true });
      await listen(server, listener);
    }
    // nothing was accepted yet: this runs before the loop turns
    if (!acceptRaw(server, arrivals.raw, arrivals.failed)) server.on('connection', arrivals.socket);
    server.on('error', (error: NodeJS.ErrnoException) => arrivals.failed(error.code ?? error.message));
    const mode = listener.routes[0]?.options.listenMode ?? '0666';
    if (path !== undefined) chmodSync(path, Number.parseInt(mode, 8));
    return new Listening(server, path);
  }

  /** Closes the socket; connections stay. The file of a Unix socket goes with it, where it was made here. */
  close(): void {
    this.#server.close();
    if (this.#path !== undefined) rmSync(this.#path, { force: true });
  }
}

function listen(server: Server, { address, fd }: EngineListener): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const done = () => {
      server.off('error', reject);
      resolve();
    };
    if (fd !== undefined) server.listen({ fd, backlog }, done);
    else if (address.type === 'unix') server.listen({ path: address.path, backlog }, done);
    else server.listen({ port: address.port, backlog, ...(address.host !== undefined && { host: address.host }) }, done);
  });
}
