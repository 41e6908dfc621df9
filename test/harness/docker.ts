import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** What a finished command left behind. */
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a container is run. */
export interface RunOptions {
  /** Flags of `docker run`, before the image: `['--volumes-from', app.id]`. */
  readonly flags?: readonly string[];
  /** What comes after the image: a command, or the arguments of its ENTRYPOINT. */
  readonly command?: readonly string[];
}

/** The part of `docker inspect CONTAINER` that tests look at. */
export interface ContainerState {
  readonly Id: string;
  readonly State: {
    readonly Status: 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';
    readonly ExitCode: number;
    readonly OOMKilled: boolean;
    readonly Health?: { readonly Status: 'starting' | 'healthy' | 'unhealthy' };
  };
  readonly Mounts: readonly { readonly Type: string; readonly Name?: string; readonly Destination: string }[];
}

/** The flags that every sidecar runs under, except where its README row says what more it needs. */
export const hardened: readonly string[] = [
  ...['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--user', '65532'],
  ...['--pids-limit', '64', '--memory', '64m'],
];

/** Flags that let a container reach a server of the test process as `host.docker.internal`; it has to listen on 0.0.0.0. */
export const reachHost: readonly string[] = ['--add-host', 'host.docker.internal:host-gateway'];

/** Runs the docker command to its end. @throws Error where it cannot be started; a code other than 0 is the caller's to judge. */
export function docker(...args: readonly string[]): Promise<Finished> {
  return new Promise((resolve, reject) => {
    execFile('docker', args, { maxBuffer: 256 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number') reject(error);
      else resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

/** Runs the docker command and returns its stdout, trimmed. @throws Error with docker's own words where it fails. */
export async function dockerOutput(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await docker(...args);
  if (code !== 0) throw new Error(`docker ${args.join(' ')} ended with ${code}: ${stderr.trim()}`);
  return stdout.trim();
}

/**
 * The containers, images, volumes and networks of one test: `const world = new Docker(t)`.
 * All of them carry a label of this test alone, and go when it ends, however it ends.
 */
export class Docker {
  readonly #label = `sidekick.test=${randomUUID()}`;
  readonly #folders: string[] = [];

  constructor(test: { after(fn: () => Promise<void>): void }) {
    test.after(() => this.#removeAll());
  }

  /** Starts a container in the background. @throws Error where docker refuses. */
  async run(image: string, { flags = [], command = [] }: RunOptions = {}): Promise<Container> {
    return new Container(await dockerOutput('run', '--detach', '--label', this.#label, ...flags, image, ...command));
  }

  /** Runs a container in the foreground to its end, and removes it. */
  finish(image: string, { flags = [], command = [] }: RunOptions = {}): Promise<Finished> {
    return docker('run', '--rm', '--label', this.#label, ...flags, image, ...command);
  }

  /**
   * Builds an image and returns its id. Start it FROM debian:trixie-slim or node:26-trixie-slim: others may be out of reach.
   * @param files what the Dockerfile may COPY, by name
   */
  async build(dockerfile: string, files: Readonly<Record<string, string>> = {}): Promise<string> {
    const context = await mkdtemp(join(tmpdir(), 'sidekick-build-'));
    try {
      const all = Object.entries({ ...files, Dockerfile: dockerfile });
      await Promise.all(all.map(([name, content]) => writeFile(join(context, name), content)));
      return await dockerOutput('build', '--quiet', '--label', this.#label, context);
    } finally {
      await rm(context, { recursive: true });
    }
  }

  /** Unpacks the file system of an image, of any platform, into a folder that goes with the test, and returns its path. */
  async unpack(image: string): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'sidekick-image-'));
    this.#folders.push(folder);
    const container = await dockerOutput('create', '--quiet', '--label', this.#label, image, 'never run');
    await dockerOutput('export', '--output', join(folder, 'image.tar'), container);
    await promisify(execFile)('tar', ['-xf', 'image.tar'], { cwd: folder });
    await rm(join(folder, 'image.tar'));
    return folder;
  }

  /** Makes a network on which containers find each other by `--network-alias`, and returns its id. */
  network(): Promise<string> {
    return dockerOutput('network', 'create', '--label', this.#label, `sidekick-test-${randomUUID()}`);
  }

  /** Makes an empty volume, and returns its name. */
  volume(): Promise<string> {
    return dockerOutput('volume', 'create', '--label', this.#label);
  }

  async #removeAll(): Promise<void> {
    await Promise.all(this.#folders.map((folder) => rm(folder, { recursive: true, force: true })));
    const ofThisTest = ['--filter', `label=${this.#label}`];
    const containers = lines(await dockerOutput('ps', '--all', '--quiet', '--no-trunc', ...ofThisTest));
    if (containers.length > 0) {
      const volumes = await anonymousVolumes(containers);
      await dockerOutput('rm', '--force', '--volumes', ...containers);
      // those that another container got by --volumes-from are left over
      if (volumes.length > 0) await dockerOutput('volume', 'rm', '--force', ...volumes);
    }
    const own = lines(await dockerOutput('volume', 'ls', '--quiet', ...ofThisTest));
    if (own.length > 0) await dockerOutput('volume', 'rm', '--force', ...own);
    const networks = lines(await dockerOutput('network', 'ls', '--quiet', ...ofThisTest));
    if (networks.length > 0) await dockerOutput('network', 'rm', ...networks);
    const images = lines(await dockerOutput('images', '--quiet', '--no-trunc', ...ofThisTest));
    if (images.length > 0) await dockerOutput('rmi', '--force', ...images);
  }
}

/** One container that runs in the background. */
export class Container {
  readonly id: string;

  constructor(id: string) {
    this.id = id;
  }

  /** All that the container wrote so far. */
  async logs(): Promise<{ stdout: string; stderr: string }> {
    return docker('logs', this.id);
  }

  async inspect(): Promise<ContainerState> {
    return JSON.parse(await dockerOutput('inspect', '--type', 'container', '--format', '{{json .}}', this.id));
  }

  /**
   * Waits until the HEALTHCHECK of its image calls it healthy.
   * @throws Error with the container's logs, where it ends, is called unhealthy, or `patience` (in ms) is over.
   */
  async untilHealthy(patience = 60_000): Promise<void> {
    const deadline = performance.now() + patience;
    for (;;) {
      const { Status, Health } = (await this.inspect()).State;
      if (Status === 'running' && Health?.Status === 'healthy') return;
      const hopeless = Status !== 'running' || Health === undefined || Health.Status === 'unhealthy';
      if (hopeless || performance.now() > deadline) {
        const { stdout, stderr } = await this.logs();
        throw new Error(
          `container ${this.id} is ${Status}, its health ${Health?.Status ?? 'without a check'}:\n${stdout}${stderr}`,
        );
      }
      await sleep(100);
    }
  }

  /** SIGTERM, and SIGKILL after `seconds` (Docker's own default is 10). Returns the exit code and the time taken in ms. */
  async stop(seconds?: number): Promise<{ code: number; ms: number }> {
    const begun = performance.now();
    await dockerOutput('stop', ...(seconds === undefined ? [] : ['--timeout', String(seconds)]), this.id);
    const ms = performance.now() - begun;
    return { code: (await this.inspect()).State.ExitCode, ms };
  }

  /** SIGKILL to PID 1, which no program can prepare for. */
  async kill(): Promise<void> {
    await dockerOutput('kill', '--signal', 'KILL', this.id);
    await this.wait();
  }

  /** Starts it again after it has ended: the same volumes, the same command. */
  async start(): Promise<void> {
    await dockerOutput('start', this.id);
  }

  /** SIGTERM, its end, and a new start with the same volumes and the same command. */
  async restart(): Promise<void> {
    await dockerOutput('restart', this.id);
  }

  /** Waits for its end and returns the exit code. */
  async wait(): Promise<number> {
    return Number(await dockerOutput('wait', this.id));
  }

  /** Runs a command inside of it. */
  exec(...command: readonly string[]): Promise<Finished> {
    return docker('exec', this.id, ...command);
  }
}

async function anonymousVolumes(containers: readonly string[]): Promise<string[]> {
  const states: ContainerState[] = JSON.parse(await dockerOutput('inspect', '--type', 'container', ...containers));
  const mounted = new Set(states.flatMap(({ Mounts }) => Mounts.flatMap(({ Name }) => Name ?? [])));
  const anonymous = lines(await dockerOutput('volume', 'ls', '--quiet', '--filter', 'label=com.docker.volume.anonymous'));
  return anonymous.filter((name) => mounted.has(name));
}

function lines(text: string): string[] {
  return [...new Set(text.split('\n').filter((line) => line !== ''))];
}
