import type { TestContext } from 'node:test';
import { type Container, Docker, dockerOutput, hardened } from '#harness/docker.ts';
import { until } from '#harness/until.ts';
import { testImage } from './baked.ts';

/** The port on which applications expect the service, on localhost. */
export const servicePort = 6379;
/** The port of backends. */
export const backendPort = 7000;

/** Answers each line with its own name and the line, until the client ends. */
const backendProgram = `
  const { createServer } = require('node:net');
  const { createInterface } = require('node:readline');
  createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    const lines = createInterface({ input: socket });
    lines.on('line', (line) => socket.write(process.env.NAME + ' ' + line + '\\n')).on('close', () => socket.end());
  }).listen(process.env.PORT);
  process.on('SIGTERM', () => process.exit());
`;

/**
 * Makes connections to localhost in three lanes, each with one question and one answer, and says ten times a second how they went.
 * It begins at SIGUSR2, and holds between two of its connections at the next one.
 */
const applicationProgram = `
  const { connect } = require('node:net');
  const { setTimeout: pause } = require('node:timers/promises');
  const state = { holds: true, under: 0, asked: 0, answers: {}, failures: [] };
  const ask = (question) => new Promise((resolve) => {
    let answer = '';
    const socket = connect({ host: 'localhost', port: process.env.PORT, timeout: 30_000 });
    socket.setEncoding('utf8').on('data', (text) => (answer += text)).on('timeout', () => socket.destroy(new Error('timed out')));
    socket.on('error', (error) => state.failures.push(String(error))).end(question + '\\n');
    socket.on('close', (isBroken) => {
      const [, name] = new RegExp('^(\\\\S+) ' + question + '\\\\n$').exec(answer) ?? [];
      if (name) state.answers[name] = (state.answers[name] ?? 0) + 1;
      else if (!isBroken) state.failures.push(question + ' was answered by ' + JSON.stringify(answer));
      resolve();
    });
  });
  const lane = async () => {
    for (;;) {
      await pause(10);
      if (state.holds) continue;
      state.under += 1;
      await ask('question-' + ++state.asked);
      state.under -= 1;
    }
  };
  for (let lanes = 0; lanes < 3; lanes += 1) lane();
  process.on('SIGUSR2', () => (state.holds = !state.holds));
  process.on('SIGTERM', () => process.exit());
  setInterval(() => console.log(JSON.stringify(state)), 100);
`;

const dockerfile = `
FROM node:26-trixie-slim
COPY *.cjs /
EXPOSE ${backendPort}
`;

/** How the connections of an application went. */
interface Report {
  readonly holds: boolean;
  /** Connections that are under way. */
  readonly under: number;
  readonly answers: Readonly<Record<string, number>>;
  readonly failures: readonly string[];
}

/** A user-defined network with an application, and the backends that it knows nothing of. */
export class Neighbours {
  readonly world: Docker;
  readonly network: string;
  readonly #image: string;

  private constructor(world: Docker, network: string, image: string) {
    this.world = world;
    this.network = network;
    this.#image = image;
  }

  static async move(t: TestContext): Promise<Neighbours> {
    const world = new Docker(t);
    const programs = { 'backend.cjs': backendProgram, 'application.cjs': applicationProgram };
    const [network, image] = await Promise.all([world.network(), world.build(dockerfile, programs)]);
    return new Neighbours(world, network, image);
  }

  /** A backend that is found as `backend`, on a network of its own choice or this one. */
  backend(
    name: string,
    flags: readonly string[] = ['--network', this.network, '--network-alias', 'backend'],
  ): Promise<Container> {
    const env = ['--env', `NAME=${name}`, '--env', `PORT=${backendPort}`];
    return this.world.run(this.#image, { flags: [...env, ...flags], command: ['node', '/backend.cjs'] });
  }

  /** An application that holds, with the sidecar's ports published: whoever attaches has the network, not the ports. */
  async application(port: number = servicePort): Promise<Application> {
    const publish = [port, 9803].flatMap((own) => ['--publish', `127.0.0.1::${own}`]);
    const flags = ['--network', this.network, ...publish, '--env', `PORT=${port}`];
    return new Application(await this.world.run(this.#image, { flags, command: ['node', '/application.cjs'] }));
  }

  /** The sidecar, attached to a container, under the hardened flags. */
  attach(
    to: Container,
    { flags = [], command = [] }: { flags?: readonly string[]; command?: readonly string[] },
  ): Promise<Container> {
    return this.world.run(testImage('ambassador'), { flags: [...hardened, '--net', `container:${to.id}`, ...flags], command });
  }
}

/** The application, as it is seen from outside. */
export class Application {
  readonly container: Container;

  constructor(container: Container) {
    this.container = container;
  }

  /** How its connections went by now. */
  async report(): Promise<Report> {
    const last = await dockerOutput('logs', '--tail', '1', this.container.id);
    return last === '' ? { holds: true, under: 0, answers: {}, failures: [] } : JSON.parse(last);
  }

  /** Begins, or begins again. */
  async begin(): Promise<void> {
    await this.#signal(false);
  }

  /** Makes no more connections, and waits for those that are under way. */
  async hold(): Promise<void> {
    await this.#signal(true);
    await until('its last connections ended', async () => (await this.report()).under === 0);
  }

  /** Waits until each of some backends has answered so much more. */
  async isAnsweredBy(names: readonly string[], more = 30): Promise<void> {
    const before = (await this.report()).answers;
    await until(`${names.join(', ')} answered`, async () => {
      const { answers } = await this.report();
      return names.every((name) => (answers[name] ?? 0) >= (before[name] ?? 0) + more);
    });
  }

  /** Where a port is published: `127.0.0.1:49153`. */
  async published(port: number): Promise<string> {
    const [address = ''] = (await dockerOutput('port', this.container.id, `${port}/tcp`)).split('\n');
    return address;
  }

  /** What the admin server of the sidecar says at a path. */
  async ask(path: string): Promise<string> {
    return (await fetch(`http://${await this.published(9803)}${path}`)).text();
  }

  async #signal(holds: boolean): Promise<void> {
    await dockerOutput('kill', '--signal', 'USR2', this.container.id);
    await until(holds ? 'it holds' : 'it has begun', async () => (await this.report()).holds === holds);
  }
}
