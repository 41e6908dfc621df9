import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { atEnd } from '#harness/at-end.ts';
import { Exposition } from '#harness/exposition.ts';
import { freePort } from '#harness/free-port.ts';
import { SidecarProcess } from '#harness/process.ts';
import { TcpServer } from '#harness/tcp.ts';
import { until } from '#harness/until.ts';
import { codeOf } from '#shared/exit.ts';

/** How an ambassador is started. */
export interface Launch {
  /** The backends and options of its one route, which listens on a port that is free: `127.0.0.1:7000,127.0.0.1:7001?max=3`. */
  readonly to?: string;
  /** Whole routes: `7110=127.0.0.1:7010`. */
  readonly routes?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Flags of Node. */
  readonly node?: readonly string[];
  /** A command that runs the one behind it: `['sh', '-c', 'ulimit -n 80; exec "$@"', 'sh']`. */
  readonly within?: readonly string[];
  /** User and group of the process. */
  readonly uid?: number;
  /** What runs it, where that is not this process: in another network. */
  readonly spawn?: (command: string, args: readonly string[], options: SpawnOptions) => ChildProcess;
  /** What is waited for: that it is ready, or only that it listens. Ready by default. */
  readonly until?: 'ready' | 'listening';
}

const main = fileURLToPath(new URL('../../../../sidecars/ambassador/main.ts', import.meta.url));

/** A running ambassador. */
export class Ambassador {
  readonly process: SidecarProcess;
  /** Where the route of {@link Launch.to} listens. */
  readonly port: number;
  #admin = '';

  private constructor(process: SidecarProcess, port: number) {
    this.process = process;
    this.port = port;
  }

  /** Starts one; it is killed when the test ends. */
  static async start(t: TestContext, engine: string, launch: Launch): Promise<Ambassador> {
    const port = await freePort();
    const routes = [...(launch.to === undefined ? [] : [`${port}=${launch.to}`]), ...(launch.routes ?? [])];
    const command = [...(launch.within ?? []), process.execPath, ...(launch.node ?? []), main, ...routes];
    const child = (launch.spawn ?? spawn)(command[0] as string, command.slice(1), {
      env: { PATH: process.env.PATH, AMBASSADOR_ADMIN: '127.0.0.1:0', AMBASSADOR_ENGINE: engine, ...launch.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(launch.uid === undefined ? {} : { uid: launch.uid, gid: launch.uid }),
    });
    const ambassador = new Ambassador(new SidecarProcess(child), port);
    atEnd(t, () => ambassador.process.stop('SIGKILL'));
    ambassador.#admin = await ambassador.process.admin();
    if (launch.until === 'listening') {
      await ambassador.process.says('listening');
      return ambassador;
    }
    await ambassador.ready();
    // it has looked whether they are there
    for (const server of TcpServer.of(t)) server.forget();
    return ambassador;
  }

  get pid(): number {
    return this.process.child.pid as number;
  }

  /** Waits until it is ready. @throws Error with all that it said, where it ends before. */
  async ready(): Promise<void> {
    let report = '';
    const isReady = async () => {
      try {
        const answer = await this.ask('/readyz');
        report = answer.text;
        return answer.status === 200;
      } catch (cause) {
        const { code, stdout, stderr } = await this.process.ended;
        throw new Error(`it ended with ${code}:\n${stdout}${stderr}`, { cause });
      }
    };
    await until('it is ready', isReady, 20_000).catch((error) => {
      throw new Error(`${error.message}: ${report}`, { cause: error });
    });
  }

  /** Asks the admin server. The connection is closed with the answer, so that it is no descriptor of the sidecar's afterwards. */
  async ask(path: string): Promise<{ status: number; text: string }> {
    const unix = /^unix:(.*)$/.exec(this.#admin)?.[1];
    const request =
      unix === undefined ? get(`${this.#admin}${path}`, { agent: false }) : get({ socketPath: unix, path, agent: false });
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
    // an error may come behind the answer too, and would end the test where nobody hears it
    request.on('error', reject);
    request.on('response', (response) => {
      text(response).then((said) => resolve({ status: response.statusCode ?? 0, text: said }), reject);
    });
    return promise;
  }

  /** Its metrics, as they are now. */
  async metrics(): Promise<Exposition> {
    return new Exposition((await this.ask('/metrics')).text);
  }

  /** Waits until a metric has a value. Its name is given without `sidekick_ambassador_`. */
  async counts(value: number, name: string, labels: Readonly<Record<string, string>> = {}): Promise<void> {
    let seen: number | undefined;
    const told = `${name}${JSON.stringify(labels)} is ${value}`;
    await until(told, async () => {
      const metrics = await this.metrics().catch((error) => {
        // it gives a request two seconds, which a machine that is busy may take
        if (codeOf(error) !== 'ECONNRESET') throw error;
        return undefined;
      });
      if (metrics === undefined) return false;
      seen = metrics.has(`sidekick_ambassador_${name}`) ? metrics.sum(`sidekick_ambassador_${name}`, labels) : undefined;
      return seen === value;
    }).catch((cause) => {
      throw new Error(`waited in vain until ${told}: it is ${seen}`, { cause });
    });
  }
}
