import type { Socket } from 'node:net';
import type { Outgoing } from '#shared/linux/outgoing.ts';

/** Milliseconds between two looks at what was acknowledged: at once after a write, then less and less often. */
const looks = { least: 1, most: 20 } as const;

/** Hears once how a body went: with an error where it is not known to have arrived. */
export type Finished = (error?: Error) => void;

interface Written {
  readonly finished: Finished;
  /** How many bytes of the connection have to be acknowledged for it. */
  readonly end: number;
}

/**
 * One connection to a syslog receiver. The protocol has no answer (RFC 6587, RFC 5425); the best that can be known is that the receiver's system has
 * every byte of a body, which TCP tells ours. Where that cannot be asked, a body has arrived when our own system took it.
 */
export class SyslogLine {
  readonly #socket: Socket;
  readonly #outgoing: Outgoing | undefined;
  /** Those who wait for a body to arrive. */
  readonly #pending = new Set<Finished>();
  /** Bodies that wait for the connection to be made: before a certificate is looked at nobody knows who would read them. */
  #early: (() => void)[] | undefined = [];
  /** Bodies that our system took, in their order. */
  readonly #written: Written[] = [];
  #timer: NodeJS.Timeout | undefined;
  #pause: number = looks.least;
  #failure: Error | undefined;

  /** @param ready the event of the socket after which the other side may be written to. */
  constructor(socket: Socket, ready: 'connect' | 'secureConnect', outgoing: Outgoing | undefined) {
    this.#socket = socket;
    this.#outgoing = outgoing;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 60_000);
    socket.once(ready, () => {
      for (const write of this.#early ?? []) write();
      this.#early = undefined;
    });
    socket.on('error', (error) => this.end(error));
    for (const event of ['end', 'close']) socket.on(event, () => this.end(new Error('it closed the connection')));
    // a receiver has nothing to say; without a reader we would not see it go
    socket.resume();
  }

  /** Why it ended; undefined while it can be written to. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Writes a body behind those before it. */
  write(body: Buffer, finished: Finished): void {
    this.#pending.add(finished);
    const write = () => this.#socket.write(body, (error) => (error ? this.end(error) : this.#took(finished)));
    if (this.#early === undefined) write();
    else this.#early.push(write);
  }

  /** Ends the connection at once. What is not known to have arrived has not. */
  end(reason: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = reason;
    clearTimeout(this.#timer);
    this.#socket.destroy();
    for (const finished of this.#pending) finished(reason);
    this.#pending.clear();
  }

  /** Our system took a body. */
  #took(finished: Finished): void {
    if (this.#failure !== undefined) return;
    const fd = this.#fd;
    // in this order: what is acknowledged between the two makes the end too late, which the next look mends, and never too early
    const waiting = this.#outgoing?.waiting(fd);
    const acknowledged = this.#outgoing?.acknowledged(fd);
    if (waiting === undefined || acknowledged === undefined) {
      this.#arrived(finished);
      return;
    }
    this.#written.push({ finished, end: acknowledged + waiting });
    clearTimeout(this.#timer);
    this.#pause = looks.least;
    this.#look();
  }

  /** Looks what was acknowledged, until nothing is waited for. */
  #look(): void {
    const fd = this.#fd;
    const allThere = this.#outgoing?.waiting(fd) === 0;
    const acknowledged = this.#outgoing?.acknowledged(fd) ?? 0;
    while (this.#written[0] !== undefined && (allThere || acknowledged >= this.#written[0].end)) {
      const { finished } = this.#written[0];
      this.#written.shift();
      this.#pause = looks.least;
      this.#arrived(finished);
    }
    if (this.#written.length === 0) return;
    this.#timer = setTimeout(() => this.#look(), this.#pause);
    this.#pause = Math.min(2 * this.#pause, looks.most);
  }

  #arrived(finished: Finished): void {
    this.#pending.delete(finished);
    finished();
  }

  /** The descriptor, or -1. The handle is no public API, but the one way to it; a closed socket has none, so that it is never another one's. */
  get #fd(): number {
    const { _handle: handle } = this.#socket as unknown as { _handle?: { readonly fd?: number } | null };
    return handle?.fd ?? -1;
  }
}
