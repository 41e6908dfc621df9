import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { type Endpoint, rcloneVariables } from './endpoint.ts';

/** The S3 that an environment names: as the SDKs of AWS read it, or as the tests of this repository. @throws Error where a part is missing. */
export function endpointFrom(env: NodeJS.ProcessEnv): Endpoint | undefined {
  const region = env.AWS_REGION ?? env.AWS_DEFAULT_REGION ?? 'us-east-1';
  const url = env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL;
  if (url !== undefined) {
    const [accessKey, secretKey] = [env.AWS_ACCESS_KEY_ID, env.AWS_SECRET_ACCESS_KEY];
    if (accessKey === undefined || secretKey === undefined)
      throw new Error('an endpoint of S3 is set, and AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is not');
    return { url: url.replace(/\/+$/, ''), region, accessKey, secretKey };
  }
  if (env.SIDEKICK_TEST_S3 === undefined) return undefined;
  const { origin, username, password } = new URL(env.SIDEKICK_TEST_S3);
  return { url: origin, region, accessKey: decodeURIComponent(username), secretKey: decodeURIComponent(password) };
}

/** A bucket for one bench, made and removed by rclone. It goes with this process however that ends, short of SIGKILL. */
export class Bucket {
  readonly endpoint: Endpoint;
  readonly name = `sidekick-bench-${randomUUID().slice(0, 8)}`;
  readonly #leave = () => this.#rclone('purge', `store:${this.name}`);

  /** @throws Error where it cannot be made. */
  constructor(endpoint: Endpoint) {
    this.endpoint = endpoint;
    this.#rclone('mkdir', `store:${this.name}`);
    process.on('exit', this.#leave);
  }

  /** How many bytes all objects below a prefix have. @throws Error */
  size(prefix: string): number {
    const { bytes } = JSON.parse(this.#rclone('size', '--json', `store:${this.name}/${prefix}`));
    return bytes;
  }

  /** Removes all objects below a prefix. @throws Error */
  empty(prefix: string): void {
    this.#rclone('delete', `store:${this.name}/${prefix}`);
  }

  /** Removes it, and all that is in it. @throws Error */
  remove(): void {
    process.off('exit', this.#leave);
    this.#leave();
  }

  #rclone(...words: readonly string[]): string {
    const env = { PATH: process.env.PATH, ...rcloneVariables(this.endpoint) };
    const { status, stdout, stderr, error } = spawnSync('rclone', words, { env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`rclone ${words.join(' ')} at ${this.endpoint.url} failed: ${error?.message ?? stderr}`);
    return stdout;
  }
}
