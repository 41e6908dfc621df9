import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { atEnd, type Lifetime } from '#harness/at-end.ts';
import { dockerOutput } from '#harness/docker.ts';
import { until } from '#harness/until.ts';

const run = promisify(execFile);

/** The part of `docker inspect CONTAINER` by which a task is seen to be hardened. */
export interface Hardening {
  readonly Config: { readonly User: string };
  readonly HostConfig: {
    readonly ReadonlyRootfs: boolean;
    readonly CapDrop: readonly string[] | null;
    readonly Memory: number;
    readonly PidsLimit: number | null;
  };
}

/** A stack in a Swarm of this machine alone, which is begun for it; its manager and what it says to other nodes listen on the loopback. */
export class Stack {
  readonly #name: string;
  readonly #file: string;
  readonly #env: Readonly<Record<string, string>>;

  private constructor(name: string, file: string, env: Readonly<Record<string, string>>) {
    this.#name = name;
    this.#file = file;
    this.#env = env;
  }

  /** `inactive` where the Engine is in no Swarm. */
  static state(): Promise<string> {
    return dockerOutput('info', '--format', '{{.Swarm.LocalNodeState}}');
  }

  /**
   * Begins a Swarm, builds the images of a stack file, makes its secrets and deploys it; all of it goes with the test.
   * @param secrets names of those that the file takes for given
   */
  static async deploy(t: Lifetime, file: URL, env: Readonly<Record<string, string>>, secrets: readonly string[]): Promise<Stack> {
    const name = `sidekick-test-${randomUUID().slice(0, 8)}`;
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    const stack = new Stack(name, fileURLToPath(file), { TAG: name, VERSION: version, ...env });
    const bridged = await networks();
    atEnd(t, () => stack.#remove(bridged));
    await stack.#run(['compose', '--file', stack.#file, '--project-name', name, '--progress', 'quiet', 'build']);
    const loopback = ['--advertise-addr', '127.0.0.1', '--data-path-addr', '127.0.0.1'];
    await dockerOutput('swarm', 'init', '--listen-addr', '127.0.0.1:2377', ...loopback);
    await dockerOutput('node', 'update', '--label-add', 'archive=yes', await dockerOutput('node', 'ls', '--quiet'));
    for (const secret of secrets) {
      const made = run('docker', ['secret', 'create', secret, '-']);
      made.child.stdin?.end(randomBytes(16).toString('hex'));
      await made;
    }
    await stack.deploy();
    return stack;
  }

  /** Deploys it, again where it is there, and waits until all of its tasks run. */
  async deploy(env: Readonly<Record<string, string>> = {}): Promise<void> {
    const flags = ['--compose-file', this.#file, '--resolve-image', 'never', '--detach=true'];
    await this.#run(['stack', 'deploy', ...flags, this.#name], env);
    await this.isWhole();
  }

  /** Waits until there are as many tasks of each service as there should be. @throws Error that tells of each task where they do not come */
  async isWhole(): Promise<void> {
    const whole = until(
      'all tasks run',
      async () => {
        const replicas = await dockerOutput('stack', 'services', '--format', '{{.Replicas}}', this.#name);
        return replicas.split('\n').every((text) => /^(\d+)\/\1\b/.test(text));
      },
      180_000,
    );
    await whole.catch(async (error) => {
      throw new Error(`${error}:\n${await dockerOutput('stack', 'ps', '--no-trunc', this.#name)}`);
    });
  }

  /** The containers of the running tasks of a service. */
  async containers(service: string): Promise<string[]> {
    const label = `label=com.docker.swarm.service.name=${this.#name}_${service}`;
    return (await dockerOutput('ps', '--quiet', '--filter', label)).split('\n').filter((id) => id !== '');
  }

  /** Runs a command in the first task of a service. @returns its stdout. @throws Error with its words where it fails */
  async exec(service: string, ...command: readonly string[]): Promise<string> {
    const [id = ''] = await this.containers(service);
    return dockerOutput('exec', id, ...command);
  }

  /** Where the first task of a service has published a port on its node. */
  async url(service: string, port: number): Promise<string> {
    const [id = ''] = await this.containers(service);
    const [address = ''] = (await dockerOutput('port', id, String(port))).split('\n');
    return `http://127.0.0.1:${address.slice(address.lastIndexOf(':') + 1)}`;
  }

  async hardening(service: string): Promise<Hardening[]> {
    return JSON.parse(await dockerOutput('inspect', ...(await this.containers(service))));
  }

  /** What `docker service inspect` says of a service, in a template of Go. */
  inspect(service: string, format: string): Promise<string> {
    return dockerOutput('service', 'inspect', '--format', format, `${this.#name}_${service}`);
  }

  async #run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<void> {
    await run('docker', args, { env: { ...process.env, ...this.#env, ...env } });
  }

  async #remove(before: ReadonlySet<string>): Promise<void> {
    if ((await Stack.state()) !== 'inactive') await dockerOutput('swarm', 'leave', '--force');
    const own = (
      await dockerOutput('volume', 'ls', '--quiet', '--filter', `label=com.docker.stack.namespace=${this.#name}`)
    ).split('\n');
    await dockerOutput('volume', 'rm', '--force', ...own);
    const images = await dockerOutput(
      'images',
      '--quiet',
      '--filter',
      `reference=*:${this.#name}`,
      '--filter',
      `reference=*/*:${this.#name}`,
    );
    await dockerOutput('rmi', '--force', ...new Set(images.split('\n')));
    if (!before.has('docker_gwbridge')) await dockerOutput('network', 'rm', 'docker_gwbridge');
  }
}

async function networks(): Promise<ReadonlySet<string>> {
  return new Set((await dockerOutput('network', 'ls', '--format', '{{.Name}}')).split('\n'));
}
