import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { until } from '#harness/until.ts';

/** A request that came. */
export interface Asked {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Where it listens: `0.0.0.0` for containers that run with the flags `reachHost`. */
type GateHost = '127.0.0.1' | '0.0.0.0';

/** An application with HTTP hooks, or a webhook: it remembers what it was asked, refuses, and lets wait as it is told. */
export class Gate {
  readonly asked: Asked[] = [];
  readonly #host: GateHost;
  readonly #server: Server;
  readonly #statuses = new Map<string, number>();
  /** Requests that wait, by their paths; those of a path without an entry are answered at once. */
  readonly #waiting = new Map<string, ServerResponse[]>();

  private constructor(host: GateHost) {
    this.#host = host;
    this.#server = createServer((request, response) => void this.#take(request, response));
  }

  /** It is closed when the test ends. */
  static async open(t: TestContext, host: GateHost = '127.0.0.1'): Promise<Gate> {
    const gate = new Gate(host);
    await new Promise<void>((resolve) => gate.#server.listen(0, host, resolve));
    atEnd(t, () => {
      gate.#server.close();
      gate.#server.closeAllConnections();
    });
    return gate;
  }

  url(path: string): string {
    const name = this.#host === '0.0.0.0' ? 'host.docker.internal' : this.#host;
    return `http://${name}:${(this.#server.address() as AddressInfo).port}${path}`;
  }

  /** From now on requests for this path wait. */
  hold(path: string): void {
    this.#waiting.set(path, []);
  }

  /** Answers those that wait, and all others at once. */
  release(path: string): void {
    const waiting = this.#waiting.get(path) ?? [];
    this.#waiting.delete(path);
    for (const response of waiting) this.#answer(path, response);
  }

  /** From now on requests for this path are answered so. */
  answers(path: string, status: number): void {
    this.#statuses.set(path, status);
  }

  /** What came for a path. */
  of(path: string): Asked[] {
    return this.asked.filter((one) => one.path === path);
  }

  /** Waits until so many requests for a path have come. */
  async came(path: string, count = 1): Promise<void> {
    await until(`${count} requests for ${path} came`, () => this.of(path).length >= count);
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    // whoever is killed goes away in the middle
    const body = await text(request).catch(() => '');
    this.asked.push({ path, headers: request.headers, body });
    const waiting = this.#waiting.get(path);
    if (waiting === undefined) this.#answer(path, response);
    else waiting.push(response);
  }

  #answer(path: string, response: ServerResponse): void {
    response.writeHead(this.#statuses.get(path) ?? 200).end();
  }
}

/** Makes a SQLite database that its application holds for itself: a run that reads it waits there. @returns what lets go of it. */
export function heldDatabase(t: TestContext, path: string): () => void {
  const database = new DatabaseSync(path);
  database.exec('CREATE TABLE rows (id INTEGER PRIMARY KEY, value TEXT); BEGIN EXCLUSIVE');
  atEnd(t, () => database.isOpen && database.close());
  return () => database.exec('COMMIT');
}
