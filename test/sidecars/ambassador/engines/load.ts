import { connect } from 'node:net';
import type { TestContext } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { until } from '#harness/until.ts';

/** Clients that come one after the other without end: each sends a message, ends its stream and wants the message back. */
export class Load {
  /** Clients that got all that they are to get. */
  served = 0;
  /** What happened to the others, and to how many of them: the error, and what they got before. */
  readonly failed: Record<string, number> = {};
  /** How many those are. */
  lost = 0;
  readonly #port: number;
  readonly #sent: string;
  readonly #expected: readonly string[];
  #running = true;
  readonly #workers: Promise<void>[];

  /** @param together how many there are at a time. @param expected what may come back for what is `sent`. */
  constructor(t: TestContext, port: number, together = 8, sent = 'a message '.repeat(20), expected: readonly string[] = [sent]) {
    this.#port = port;
    this.#sent = sent;
    this.#expected = expected;
    this.#workers = Array.from({ length: together }, () => this.#work());
    atEnd(t, () => this.stop());
  }

  /** Waits until so many more were served. */
  async more(count: number): Promise<void> {
    const wanted = this.served + count;
    await until(`${count} more clients are served`, () => this.served >= wanted);
  }

  /** Lets those finish that are there. */
  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#workers);
  }

  async #work(): Promise<void> {
    while (this.#running) {
      const { got, error } = await this.#one();
      if (error === undefined && this.#expected.includes(got)) this.served += 1;
      else this.#failed(`${error ?? 'FIN'} after ${JSON.stringify(got)}`);
    }
  }

  #failed(how: string): void {
    this.failed[how] = (this.failed[how] ?? 0) + 1;
    this.lost += 1;
  }

  #one(): Promise<{ got: string; error?: string }> {
    return new Promise((resolve) => {
      const socket = connect({ host: '127.0.0.1', port: this.#port, allowHalfOpen: true });
      let got = '';
      socket.setEncoding('utf8').on('data', (text: string) => {
        got += text;
      });
      socket.on('end', () => resolve({ got }));
      socket.on('error', (error: NodeJS.ErrnoException) => resolve({ got, error: error.code ?? error.message }));
      socket.end(this.#sent);
    });
  }
}
