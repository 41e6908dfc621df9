import type { TestContext } from 'node:test';
import { type Container, Docker, dockerOutput, type Finished, hardened } from '#harness/docker.ts';
import { Exposition } from '#harness/exposition.ts';
import { until } from '#harness/until.ts';
import type { Status } from '../../sidecars/netprobe/status.ts';
import { testImage } from './baked.ts';

/** The port that answers. */
export const openPort = 7000;
/** The port where nobody is let in: two may wait, and a dozen came. */
export const stalledPort = 7001;
/** Who the application runs as. */
export const applicationUser = '1000:1000';

/**
 * Answers on one port whatever it is sent with twice as much; listens on another one without ever accepting, and comes there itself, a
 * dozen times. With a number it also holds so many connections to itself.
 */
const webProgram = `
  const { fork } = require('node:child_process');
  const { once } = require('node:events');
  const { openSync } = require('node:fs');
  const { connect, createServer } = require('node:net');
  const { Worker } = require('node:worker_threads');
  const answer = (socket) => {
    let size = 0;
    socket.on('error', () => {}).on('data', (chunk) => (size += chunk.length)).on('end', () => socket.end(Buffer.alloc(2 * size)));
  };
  const stalled = \`
    const { parentPort } = require('node:worker_threads');
    require('node:net').createServer().listen({ host: '0.0.0.0', port: ${stalledPort}, backlog: 2 }, () => {
      parentPort.postMessage('listening');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });\`;
  const server = createServer({ allowHalfOpen: true }, answer);
  server.listen({ host: '0.0.0.0', port: ${openPort}, backlog: 4096 }, async () => {
    await once(new Worker(stalled, { eval: true }), 'message');
    for (let count = 0; count < 12; count += 1) connect(${stalledPort}, '127.0.0.1').on('error', () => {});
    // the other ends are another process's: a process may not have as many files
    if (process.argv[2] !== '0') await once(fork('/holder.cjs', [process.argv[2]]), 'message');
    console.log('listening');
  });
  openSync('/web.cjs');
  process.on('SIGTERM', () => process.exit());
`;

/** Holds so many connections to the open port of its own host. */
const holderProgram = `
  const { once } = require('node:events');
  const { connect } = require('node:net');
  const held = [];
  const dial = () => held[held.push(connect(${openPort}, '127.0.0.1')) - 1];
  (async () => {
    while (held.length < process.argv[2]) await Promise.all(Array.from({ length: 500 }, () => once(dial(), 'connect')));
    process.send('held');
  })();
  process.on('disconnect', () => process.exit());
`;

/** Comes to the open port so many times, brings so many bytes each time, and tells what was sent and received in all. */
const visitorProgram = `
  const { connect } = require('node:net');
  const [host, count, size] = process.argv.slice(2);
  const total = { address: '', sent: 0, received: 0 };
  let left = Number(count);
  for (let index = 0; index < count; index += 1) {
    const socket = connect({ host, port: ${openPort} }, () => {
      total.address = socket.localAddress;
      total.sent += Number(size);
      socket.end(Buffer.alloc(Number(size)));
    });
    socket.on('data', (chunk) => (total.received += chunk.length));
    socket.on('close', () => --left === 0 && console.log(JSON.stringify(total)));
  }
`;

/** Does nothing at all: it owns a network namespace. */
const pauseProgram = `process.on('SIGTERM', () => process.exit()); setInterval(() => {}, 60_000);`;

const dockerfile = `
FROM node:26-trixie-slim
COPY *.cjs /
`;

/** What a visitor sent and received, and where it came from. */
export interface Visit {
  readonly address: string;
  readonly sent: number;
  readonly received: number;
}

/** A user-defined network with applications that know nothing of any probe. */
export class ProbedStreet {
  readonly world: Docker;
  readonly network: string;
  readonly #image: string;

  private constructor(world: Docker, network: string, image: string) {
    this.world = world;
    this.network = network;
    this.#image = image;
  }

  static async move(t: TestContext): Promise<ProbedStreet> {
    const world = new Docker(t);
    const programs = {
      'web.cjs': webProgram,
      'holder.cjs': holderProgram,
      'visitor.cjs': visitorProgram,
      'pause.cjs': pauseProgram,
    };
    const [network, image] = await Promise.all([world.network(), world.build(dockerfile, programs)]);
    return new ProbedStreet(world, network, image);
  }

  /** An application that listens, by default on this network as `web1`. @param held how many connections it holds to itself, a multiple of 500 */
  async application(flags: readonly string[] = this.named('web1'), held = 0): Promise<Container> {
    const run = { flags: ['--user', applicationUser, ...flags], command: ['node', '/web.cjs', String(held)] };
    const application = await this.world.run(this.#image, run);
    await until('it listens', async () => (await application.logs()).stdout.includes('listening'));
    return application;
  }

  /** A container that does nothing but own a namespace, in which others are found by a name. */
  pause(name: string): Promise<Container> {
    return this.world.run(this.#image, { flags: this.named(name), command: ['node', '/pause.cjs'] });
  }

  /** Somebody else comes to an application, so many times, with so many bytes each time. */
  async visit(host: string, count: number, size: number): Promise<Visit> {
    const command = ['node', '/visitor.cjs', host, String(count), String(size)];
    const { stdout, stderr } = await this.world.finish(this.#image, { flags: ['--network', this.network], command });
    if (stdout === '') throw new Error(stderr);
    return JSON.parse(stdout);
  }

  /** A probe beside a container, under the hardened flags; it reads all sockets five times a second, and goes with the test. */
  async probe(t: TestContext, to: Container, flags: readonly string[] = []): Promise<Probe> {
    const own = ['--net', `container:${to.id}`, '--env', 'NETPROBE_INTERVAL=200ms', '--health-interval', '1s'];
    const container = await this.world.run(testImage('netprobe'), { flags: [...hardened, ...own, ...flags] });
    t.after(() => dockerOutput('rm', '--force', container.id));
    return new Probe(container, to);
  }

  /** One question to a probe, as a person asks it. */
  ask(to: Container, words: readonly string[], flags: readonly string[] = []): Promise<Finished> {
    const own = ['--net', `container:${to.id}`, '--read-only', '--cap-drop', 'ALL'];
    return this.world.finish(testImage('netprobe'), { flags: [...own, ...flags], command: words });
  }

  /** Flags that put a container on the network, where it is found by a name, with the port of the probe published: whoever attaches has the network, not the ports. */
  named(name: string): string[] {
    return ['--network', this.network, '--network-alias', name, '--publish', '127.0.0.1::9804'];
  }
}

/** A probe that runs. */
export class Probe {
  readonly container: Container;
  readonly #owner: Container;

  constructor(container: Container, owner: Container) {
    this.container = container;
    this.#owner = owner;
  }

  /** What its admin server says at a path, asked from outside. */
  async get(path: string): Promise<string> {
    const [address] = (await dockerOutput('port', this.#owner.id, '9804/tcp')).split('\n');
    return (await fetch(`http://${address}${path}`)).text();
  }

  async metrics(): Promise<Exposition> {
    return new Exposition(await this.get('/metrics'));
  }

  async status(): Promise<Status> {
    return JSON.parse(await this.get('/status'));
  }

  /** The same, asked from within: nothing leads to it from outside any more. */
  async getWithin(path: string): Promise<string> {
    const script = `fetch('http://127.0.0.1:9804${path}').then((answer) => answer.text()).then((text) => process.stdout.write(text))`;
    return (await this.container.exec('/usr/local/bin/node', '-e', script)).stdout;
  }

  /** Waits until it is called unhealthy. */
  untilUnhealthy(): Promise<void> {
    return until('it is unhealthy', async () => (await this.container.inspect()).State.Health?.Status === 'unhealthy');
  }

  /** How often Docker started it anew, and when it was started last. */
  starts(): Promise<string> {
    return dockerOutput('inspect', '--format', '{{.RestartCount}} {{.State.StartedAt}}', this.container.id);
  }
}
