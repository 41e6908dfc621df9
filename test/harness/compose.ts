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

/** Runs the docker command with the variables of a project. @throws Error with docker's words where it fails. */
type DockerCommand = (...args: readonly string[]) => Promise<{ readonly stdout: string; readonly stderr: string }>;

/** A compose example as a project of its own; its containers, volumes and images go with the test. */
export class ComposeProject {
  readonly #docker: DockerCommand;
  readonly #name: string;
  readonly #folder: URL;
  readonly #files: readonly string[];

  private constructor(docker: DockerCommand, name: string, folder: URL, files: readonly string[]) {
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
    const docker: DockerCommand = (...args) => promisify(execFile)('docker', args, { env: all, maxBuffer: 16 * 1024 * 1024 });
    const compose = new ComposeProject(docker, project, folder, files);
    t.after(async () => {
      await compose.run('down', '--volumes', '--timeout', '2');
      const { stdout } = await docker('images', '--quiet', '--filter', `label=com.docker.compose.project=${project}`);
      const images = stdout.split('\n').filter((image) => image !== '');
      if (images.length > 0) await docker('rmi', '--force', ...new Set(images));
    });
    await compose.run('up', '--build', '--wait', ...flags);
    return compose;
  }

  /** Runs `docker compose …` for this project and returns its stdout. @throws Error with docker's words where it fails. */
  async run(...args: readonly string[]): Promise<string> {
    return (await this.#over(this.#files, 'quiet', ...args)).stdout.trim();
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
   * not touched. Image, command, environment and all else are compared as compose reads them; and compose is asked whether it would leave the containers as
   * they are, were the file brought up now.
   * @returns by service the keys in which it is another one now: `{ web: ['extra_hosts'] }`; `container` where the file is the same, and the container is not.
   */
  async changedFrom(file: string): Promise<Record<string, readonly string[]>> {
    const [before, after, kept] = await Promise.all([this.#services([file]), this.#services(this.#files), this.#kept(file)]);
    const changes: Record<string, readonly string[]> = {};
    for (const [name, service] of Object.entries(before)) {
      const now = after[name] ?? {};
      const keys = Object.keys({ ...service, ...now }).filter((key) => !isDeepStrictEqual(service[key], now[key]));
      if (keys.length > 0) changes[name] = keys;
      else if (!kept.has(name)) changes[name] = ['container'];
    }
    return changes;
  }

  async #services(files: readonly string[]): Promise<Services> {
    return JSON.parse((await this.#over(files, 'quiet', 'config', '--format', 'json')).stdout).services;
  }

  /** The services whose containers would stay as they are, all of them. */
  async #kept(file: string): Promise<Set<string>> {
    const [{ stderr }, containers] = await Promise.all([
      this.#over([file], 'plain', 'up', '--dry-run', '--no-build', '--detach'),
      this.run('ps', '--all', '--format', '{{.Service}} {{.Name}}'),
    ]);
    const all = containers.split('\n').map((line): [string, string] => [line.split(' ')[0] ?? '', line.split(' ')[1] ?? '']);
    // the first that is said of a container is what becomes of it
    const stays = ([, name]: readonly string[]) => new RegExp(` Container ${name} +(\\w+)`).exec(stderr)?.[1] === 'Running';
    const services = [...Map.groupBy(all, ([service]) => service)];
    return new Set(services.filter(([, own]) => own.every(stays)).map(([service]) => service));
  }

  #over(files: readonly string[], progress: 'quiet' | 'plain', ...args: readonly string[]): ReturnType<DockerCommand> {
    const given = files.flatMap((file) => ['--file', fileURLToPath(new URL(file, this.#folder))]);
    return this.#docker('compose', ...given, '--project-name', this.#name, '--progress', progress, ...args);
  }
}
