import { EPOLL } from '#shared/linux/epoll.ts';
import { errnos } from '#shared/linux/errno.ts';
import type { Copyless } from './copyless.ts';
import type { Handler, Loop } from './loop.ts';

/** What a backend does: it sends back what comes, or sends as much as goes, out of a buffer or of the page cache. */
export type Service = 'echo' | 'send' | 'sendfile';

/** Bytes of one write where as much is sent as goes. */
const portion = 2 ** 18;

/** The other end of what is measured: a listening socket of 127.0.0.1, and all that it accepts. */
export class Backend {
  /** Its listening socket. */
  readonly listener: number;
  readonly #loop: Loop;
  readonly #services: Record<Service, { readonly events: number; readonly handler: Handler }>;
  #service: Service = 'echo';

  /** @throws SystemError where the port is taken. */
  constructor(loop: Loop, copyless: Copyless, port: number) {
    this.#loop = loop;
    this.#services = {
      echo: { events: EPOLL.IN, handler: (fd) => this.#echo(fd) },
      send: { events: EPOLL.OUT, handler: (fd) => this.#sent(fd, loop.send(fd, portion)) },
      sendfile: { events: EPOLL.OUT, handler: (fd) => this.#sent(fd, copyless.sendFile(fd, portion)) },
    };
    this.listener = loop.sockets.listen({ type: 'tcp', family: 4, address: '127.0.0.1', port }, 4096);
    loop.watch(this.listener, EPOLL.IN, () => this.#accept());
  }

  /** What it does from now on with those that it accepts. */
  serve(service: Service): void {
    this.#service = service;
  }

  #accept(): void {
    const { events, handler } = this.#services[this.#service];
    for (let count = 0; count < 16; count += 1) {
      const fd = this.#loop.sockets.accept(this.listener);
      if (fd < 0) return;
      this.#loop.sockets.sendAtOnce(fd);
      this.#loop.watch(fd, events, handler);
    }
  }

  #echo(fd: number): void {
    const count = this.#loop.read(fd, 2 ** 16);
    // what is sent back fits: a client waits for it before it sends more
    if (count > 0) this.#sent(fd, this.#loop.send(fd, count));
    else this.#sent(fd, count);
  }

  /** A client that went is no failure: it is the clients who judge. */
  #sent(fd: number, count: number): void {
    if (count > 0 || (count < 0 && this.#loop.libc.errno() === errnos.EAGAIN)) return;
    this.#loop.close(fd);
  }
}
