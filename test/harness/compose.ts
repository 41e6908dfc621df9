import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** How a compose example is brought up. */
export interface Bringing {
  /** Its folder, and in it the compose files: `new URL('.', import.meta.url)`. */
  readonly folder: URL;
  readonly files?: readonly string[];
  /** Variables that the files take. */
  readonly env?: Readonly<Record<string, string>>;
  /** More flags of `docker compose up`. */
  readonly flags?: readonly string[];
}

/** A compose example as a project of its own; its containers, volumes and images go with the test. */
export class ComposeProject {
  readonly #docker: (...args: readonly string[]) => Promise<string>;
  readonly #flags: readonly string[];

  private constructor(docker: ComposeProject['run'], flags: readonly string[]) {
    this.#docker = docker;
    this.#flags = flags;
  }

  /** Builds and starts all services and waits until they are healthy. @throws Error with docker's words. */
  static async up(t: TestContext, { folder, files = ['compose.yaml'], env, flags = [] }: Bringing): Promise<ComposeProject> {
    const project = `sidekick-test-${randomUUID().slice(0, 8)}`;
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    const all = { ...process.env, TAG: project, VERSION: version, ...env };
    const docker = async (...args: readonly string[]) => (await promisify(execFile)('docker', args, { env: all })).stdout.trim();
    const given = files.flatMap((file) => ['--file', fileURLToPath(new URL(file, folder))]);
    const compose = new ComposeProject(docker, ['compose', ...given, '--project-name', project, '--progress', 'quiet']);
    t.after(async () => {
      await compose.run('down', '--volumes', '--timeout', '2');
      const images = await docker('images', '--quiet', '--filter', `label=com.docker.compose.project=${project}`);
      if (images !== '') await docker('rmi', '--force', ...new Set(images.split('\n')));
    });
    await compose.run('up', '--build', '--wait', ...flags);
    return compose;
  }

  /** Runs `docker compose …` for this project and returns its stdout. @throws Error with docker's words where it fails. */
  run(...args: readonly string[]): Promise<string> {
    return this.#docker(...this.#flags, ...args);
  }

  /** Where a port of a service is published: `http://127.0.0.1:49153`. */
  async url(service: string, port: number): Promise<string> {
    return `http://${await this.run('port', service, String(port))}`;
  }

  /** The exit codes of services that ended. */
  async exitCodes(...services: readonly string[]): Promise<number[]> {
    const states = await Promise.all(services.map((service) => this.run('ps', '--all', '--format', 'json', service)));
    return states.map((state) => JSON.parse(state).ExitCode);
  }
}
