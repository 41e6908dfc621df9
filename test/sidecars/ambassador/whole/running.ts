import assert from 'node:assert/strict';
import { request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { DnsNamespace } from '#harness/dns.ts';
import { Exposition } from '#harness/exposition.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { type Need, needs } from '#harness/needs.ts';
import { SidecarProcess, startSidecar } from '#harness/process.ts';
import { until } from '#harness/until.ts';

/** How an ambassador is started. */
export interface Launch {
  readonly env?: Readonly<Record<string, string>>;
  /** Where it runs: in a network with a name server of its own. */
  readonly namespace?: DnsNamespace;
}

/** What the admin server answered. */
export interface Answer {
  readonly code: number;
  readonly body: string;
}

const main = fileURLToPath(new URL('../../../../sidecars/ambassador/main.ts', import.meta.url));

/** What says that something went wrong; each is 0 where nothing did. */
const troubles = [
  'connect_failures_total',
  'refused_clients_total',
  'left_total',
  'retries_total',
  'ejections_total',
  'waited_total',
] as const;

/** An ambassador that runs as a whole process. Its admin server is a Unix socket, which is reached from every network namespace. */
export class Running {
  readonly sidecar: SidecarProcess;
  readonly #socketPath: string;

  private constructor(sidecar: SidecarProcess, socketPath: string) {
    this.sidecar = sidecar;
    this.#socketPath = socketPath;
  }

  /** Starts one that is killed when the test ends, and waits until its admin server answers. @param words its command line. */
  static async start(t: TestContext, words: readonly string[], { env = {}, namespace }: Launch = {}): Promise<Running> {
    const socketPath = join(temporaryFolder(t), 'admin');
    const all = { AMBASSADOR_ADMIN: `unix:${socketPath}`, ...env };
    const running = new Running(
      namespace ? startWithin(namespace, all, words) : startSidecar(t, 'ambassador', all, words),
      socketPath,
    );
    await running.sidecar.admin();
    return running;
  }

  /** Starts one as {@link start} does, and waits until it is ready. */
  static async ready(t: TestContext, words: readonly string[], launch: Launch = {}): Promise<Running> {
    const running = await Running.start(t, words, launch);
    await running.becomesReady();
    return running;
  }

  /** Waits until /readyz says so. */
  async becomesReady(): Promise<void> {
    await this.answers('/readyz', ({ code }) => code === 200);
  }

  /** Waits for an answer of this kind. @throws Error with the last one, where it never comes. */
  async answers(path: string, wanted: (answer: Answer) => boolean): Promise<Answer> {
    let last: Answer | undefined;
    const look = async () => {
      last = await this.ask('GET', path);
      return wanted(last);
    };
    await until(`${path} answers as it should`, look, 30_000).catch((cause) => {
      throw new Error(`${cause.message}; the last answer was ${last?.code}: ${last?.body}`, { cause });
    });
    return last as Answer;
  }

  /** Asks the admin server. @param body is sent as JSON. @throws Error with what the sidecar said, where it has ended. */
  async ask(method: string, path: string, body?: unknown): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const asked = request({ socketPath: this.#socketPath, method, path });
    asked.on('response', (response) => {
      text(response).then((said) => resolve({ code: response.statusCode ?? 0, body: said }), reject);
    });
    asked.on('error', (cause) => {
      const { exitCode } = this.sidecar.child;
      const ending = exitCode === null ? '' : `; it ended with ${exitCode}:\n${this.sidecar.stdout}${this.sidecar.stderr}`;
      reject(new Error(`${method} ${path}: ${cause.message}${ending}`, { cause }));
    });
    asked.end(body === undefined ? undefined : JSON.stringify(body));
    return promise;
  }

  /** What /status tells. */
  async status(): Promise<Status> {
    return JSON.parse((await this.ask('GET', '/status')).body);
  }

  async metrics(): Promise<Exposition> {
    return new Exposition((await this.ask('GET', '/metrics')).body);
  }

  /** The sum of a metric over all series with these labels. Its name is given without `sidekick_ambassador_`. */
  async sum(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
    return (await this.metrics()).sum(`sidekick_ambassador_${name}`, labels);
  }

  /** Waits until a metric is so, see {@link sum}; it may not be there before. */
  async counts(value: number, name: string, labels: Readonly<Record<string, string>> = {}): Promise<void> {
    let seen: number | undefined;
    const look = async () => {
      const metrics = await this.metrics();
      const full = `sidekick_ambassador_${name}`;
      seen = metrics.has(full) ? metrics.sum(full, labels) : undefined;
      return seen === value;
    };
    await until(`${name} ${JSON.stringify(labels)} is ${value}`, look, 30_000).catch((cause) => {
      throw new Error(`${cause.message}: it is ${seen}`, { cause });
    });
  }

  /** Waits until all clients are gone, and asserts that nothing went wrong with any of them. @returns how many there were. */
  async untroubled(): Promise<number> {
    await this.counts(0, 'clients');
    for (const name of troubles) assert.equal(await this.sum(name), 0, name);
    const accepted = await this.sum('accepted_total');
    assert.equal(await this.sum('connections_total'), accepted);
    return accepted;
  }
}

/** What is asked of /status. */
interface Status {
  readonly routes: readonly {
    readonly name: string;
    readonly engine: string;
    readonly backends: readonly { readonly backend: string; readonly state: string; readonly reason?: string }[];
  }[];
}

/** Starts one in a network of its own. @param words its command line. */
export function startWithin(
  namespace: DnsNamespace,
  env: Readonly<Record<string, string>>,
  words: readonly string[],
): SidecarProcess {
  const options = { env: { PATH: process.env.PATH, ...env }, stdio: ['ignore', 'pipe', 'pipe'] } as const;
  return new SidecarProcess(namespace.spawn(process.execPath, [main, ...words], { ...options, stdio: [...options.stdio] }));
}

/** Options of a test: what it needs beside Linux, and a limit that only keeps a broken one from hanging. */
export function within(...more: readonly Need[]) {
  return { ...needs('linux', ...more), timeout: 90_000 };
}

/** A test that is made for each engine, with the setting that chooses it. */
export function onBothEngines(
  name: string,
  body: (t: TestContext, env: { readonly AMBASSADOR_ENGINE: string }) => Promise<void>,
  ...more: readonly Need[]
): void {
  for (const engine of ['net', 'splice'])
    test(`${name} (${engine})`, within(...more), (t) => body(t, { AMBASSADOR_ENGINE: engine }));
}
