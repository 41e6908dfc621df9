import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Lifetime } from '#harness/at-end.ts';
import { temporaryFolder } from '#harness/folder.ts';

/** The command of attach, as a process of its own. */
export const main: string = fileURLToPath(new URL('../../../sidecars/attach/main.ts', import.meta.url));

/** A compose file that asks for two sidecars. */
export const compose = `# my application
services:
  web:
    image: nginx # the latest
    x-sidekick:
      logs: { paths: /var/log/nginx/*.log }
      netprobe:
`;

/** A manifest that asks for one. */
export const manifest = `apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations:
    sidekick/attach: "netprobe:"
spec:
  containers:
    - name: web
      image: nginx
`;

/** How it is called. */
export interface Call {
  /** What it finds at its stdin; nothing where it is not given. */
  readonly stdin?: string | Uint8Array;
  /** The folder it is called in. */
  readonly cwd?: string;
  /** Its environment; that of the tests where it is not given. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Calls attach, and waits for its end. */
export function attach(words: readonly string[], { stdin = '', cwd, env }: Call = {}): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [main, ...words], { input: stdin, cwd, env: env ?? process.env, encoding: 'utf8' });
}

/** Calls attach in a terminal, and returns what is to be seen there. */
export function attachInTerminal(words: readonly string[], cwd: string): SpawnSyncReturns<string> {
  const command = [process.execPath, main, ...words].map((word) => `'${word}'`).join(' ');
  const run = spawnSync('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    cwd,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  return { ...run, stdout: run.stdout.replaceAll('\r\n', '\n') };
}

/** A folder with files in it, which goes with the test. */
export function folderWith(t: Lifetime, files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder(t);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}
