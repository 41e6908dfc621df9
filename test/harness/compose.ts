import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual, promisify } from 'node:util';

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

/** The services of a project, as compose understood them. */
type Services = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A compose example as a project of its own; its containers, volumes and images go with the test. */
export class ComposeProject {
  /** Runs the docker command with the variables of the project. */
  readonly #docker: (...args: readonly string[]) => Promise<string>;
  readonly #name: string;
  readonly #folder: URL;
  readonly #files: readonly string[];

  private constructor(docker: ComposeProject['run'], name: string, folder: URL, files: readonly string[]) {
    this.#docker = docker;
    this.#name = name;
    this.#folder = folder;
    this.#files = files;
  }

  /** Builds and starts all services and waits until they are healthy. @throws Error with docker's words. */
  static async up(t: TestContext, { folder, files = ['compose.yaml'], env, flags = [] }: Bringing): Promise<ComposeProject> {
    const project = `sidekick-test-${randomUUID().slice(0, 8)}`;
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    const all = { ...process.env, TAG: project, VERSION: version, ...env };
    const docker = async (...args: readonly string[]) =>
      (await promisify(execFile)('docker', args, { env: all, maxBuffer: 16 * 1024 * 1024 })).stdout.trim();
    const compose = new ComposeProject(docker, project, folder, files);
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
    return this.#over(this.#files, ...args);
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

  /**
   * Holds the services of a file against what runs: `await compose.changedFrom('compose.yaml')` is `{}` where sidecars were attached and the application was
   * not touched. Image, command, environment and all else are compared as compose reads them; then each container by the hash that compose gave it, by which
   * it would tell that the container has to be made anew.
   * @returns by service the keys in which it is another one now: `{ web: ['extra_hosts'] }`; `container` where the file is the same, and the container is not.
   */
  async changedFrom(file: string): Promise<Record<string, readonly string[]>> {
    const [before, after, hashes] = await Promise.all([
      this.#services([file]),
      this.#services(this.#files),
      this.#over([file], 'config', '--hash', '*'),
    ]);
    const changes: Record<string, readonly string[]> = {};
    for (const [name, service] of Object.entries(before)) {
      const now = after[name] ?? {};
      const keys = Object.keys({ ...service, ...now }).filter((key) => !isDeepStrictEqual(service[key], now[key]));
      const made = await this.#hashes(name);
      const same = made.length > 0 && made.every((hash) => hashes.split('\n').includes(`${name} ${hash}`));
      if (keys.length > 0) changes[name] = keys;
      else if (!same) changes[name] = ['container'];
    }
    return changes;
  }

  async #services(files: readonly string[]): Promise<Services> {
    return JSON.parse(await this.#over(files, 'config', '--format', 'json')).services;
  }

  /** What compose made the containers of a service from. */
  async #hashes(service: string): Promise<string[]> {
    const containers = await this.run('ps', '--all', '--quiet', service);
    if (containers === '') return [];
    const format = '{{index .Config.Labels "com.docker.compose.config-hash"}}';
    return (await this.#docker('inspect', '--format', format, ...containers.split('\n'))).split('\n');
  }

  #over(files: readonly string[], ...args: readonly string[]): Promise<string> {
    const given = files.flatMap((file) => ['--file', fileURLToPath(new URL(file, this.#folder))]);
    return this.#docker('compose', ...given, '--project-name', this.#name, '--progress', 'quiet', ...args);
  }
}
