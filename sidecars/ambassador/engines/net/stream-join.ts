import type { Socket } from 'node:net';
import { isGone } from './gone.ts';
import type { JoinAccount, Joined } from './joined.ts';
import { reset } from './reset.ts';

/** How long reading may pause before the silent side is looked at, in milliseconds. */
const patience = 1000;

/** Bytes after which a side with more to read lets the others go first. */
const budget = 256 * 1024;

/** What the join knows of one side. */
interface End {
  readonly stream: Socket;
  /** When reading stopped because the other side takes nothing; 0 while it goes on. */
  heldAt: number;
  spent: number;
}

/** Carries bytes, ends and resets as join.ts does, between any two streams. */
export class StreamJoin implements Joined {
  lastByteAt = performance.now();
  readonly #client: End;
  readonly #backend: End;
  readonly #account: JoinAccount;
  #open = 2;
  #over = false;

  constructor(client: Socket, backend: Socket, account: JoinAccount) {
    this.#client = { stream: client, heldAt: 0, spent: 0 };
    this.#backend = { stream: backend, heldAt: 0, spent: 0 };
    this.#account = account;
    this.#carry(this.#client, this.#backend, (bytes) => account.up(bytes));
    this.#carry(this.#backend, this.#client, (bytes) => account.down(bytes));
  }

  reset(): void {
    if (this.#over) return;
    this.#over = true;
    this.#resetBoth();
  }

  probe(now: number): void {
    for (const { stream, heldAt } of [this.#client, this.#backend])
      if (heldAt > 0 && now - heldAt > patience && isGone(stream)) this.#fail(stream);
  }

  #carry(from: End, to: End, count: (bytes: number) => void): void {
    const { stream } = from;
    const end = () => {
      if (!this.#over) to.stream.end();
    };
    stream.on('data', (bytes: Buffer) => {
      this.lastByteAt = performance.now();
      count(bytes.length);
      if (to.stream.write(bytes)) this.#goOn(from, bytes.length);
      else this.#hold(from);
    });
    to.stream.on('drain', () => {
      from.heldAt = 0;
      stream.resume();
    });
    stream.on('end', end);
    stream.on('error', () => this.#fail(stream));
    stream.on('close', () => this.#closed(from));
    // what happened before anybody listened is not told again
    if (stream.destroyed) process.nextTick(() => this.#fail(stream));
    else if (stream.readableEnded) end();
    else stream.resume();
  }

  #goOn(from: End, size: number): void {
    from.spent += size;
    if (from.spent < budget) return;
    from.spent = 0;
    from.stream.pause();
    setImmediate(() => {
      if (from.heldAt === 0) from.stream.resume();
    });
  }

  #hold(from: End): void {
    from.heldAt = performance.now();
    from.spent = 0;
    from.stream.pause();
  }

  #closed({ stream }: End): void {
    this.#open -= 1;
    if (this.#over) return;
    if (!stream.readableEnded || !stream.writableFinished) this.#fail(stream);
    else if (this.#open === 0) {
      this.#over = true;
      this.#account.ended('closed');
    }
  }

  #fail(stream: Socket): void {
    if (this.#over) return;
    this.#over = true;
    this.#resetBoth();
    this.#account.ended(stream === this.#client.stream ? 'resetByClient' : 'resetByBackend');
  }

  #resetBoth(): void {
    reset(this.#client.stream);
    reset(this.#backend.stream);
  }
}
