import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

const root = new URL('..', import.meta.url).pathname;

/** The images of images/docker-bake.hcl, the base first. */
export const imageNames = ['base', 'logs', 'backup', 'backup-mariadb', 'ambassador', 'netprobe', 'attach'] as const;

/** Files in images/ that name a version for each Debian package: of the base, and of what dumps databases. */
export const lockFiles = ['packages.lock', 'postgresql.lock', 'mariadb.lock'] as const;

/** How images are built. */
export interface Bake {
  /** Targets of the bake file; by default all images. */
  readonly targets?: readonly string[];
  /** Values for the variables of the bake file; VERSION is that of package.json. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Further flags of `docker buildx bake`. */
  readonly flags?: readonly string[];
  /** `inherit` shows the progress; `pipe` keeps it for the error. */
  readonly output?: 'inherit' | 'pipe';
}

/**
 * Builds images into the local Docker. What has not changed since the last time comes out of its cache within a second or two.
 * @throws Error with what the build said, where it fails.
 */
export async function bake({ targets = imageNames, variables = {}, flags = [], output = 'inherit' }: Bake = {}): Promise<void> {
  const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
  // an attestation holds the time of the build, and with it two builds would differ
  const env = { ...process.env, VERSION: version, BUILDX_NO_DEFAULT_ATTESTATIONS: '1', ...variables };
  const args = ['buildx', 'bake', '--file', 'images/docker-bake.hcl', ...flags, ...targets];
  const child = spawn('docker', args, { cwd: root, env, stdio: ['ignore', 'inherit', output] });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`docker ${args.join(' ')} ended with ${code}\n${said.slice(-8000)}`);
}
