import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { atEnd } from './at-end.ts';
import { SidecarProcess } from './process.ts';

/** A network namespace of its own, which goes when the test ends. For a test that `needs('linux', 'root')`, on a machine with ip(8). */
export class NetworkNamespace {
  readonly name = `sidekick-${randomBytes(4).toString('hex')}`;
  protected readonly t: TestContext;

  /** @param ipv6 whether it has IPv6, which speaks up by itself whenever an interface comes up */
  constructor(t: TestContext, { ipv6 = true, up = true }: { readonly ipv6?: boolean; readonly up?: boolean } = {}) {
    this.t = t;
    execFileSync('ip', ['netns', 'add', this.name]);
    atEnd(t, () => execFileSync('ip', ['netns', 'delete', this.name]));
    const off = 'for f in /proc/sys/net/ipv6/conf/*/disable_ipv6; do echo 1 >"$f"; done';
    if (!ipv6) this.run('sh', '-c', `[ ! -d /proc/sys/net/ipv6 ] || { ${off}; }`);
    if (up) this.ip('link', 'set', 'lo', 'up');
  }

  /** Runs ip(8) on it. */
  ip(...args: readonly string[]): string {
    return execFileSync('ip', ['-n', this.name, ...args], { encoding: 'utf8' });
  }

  /** Runs a command in it. */
  run(command: string, ...args: readonly string[]): string {
    return execFileSync('ip', ['netns', 'exec', this.name, command, ...args], { encoding: 'utf8', maxBuffer: 2 ** 28 });
  }

  /** Starts a command in it, which is killed when the test ends. */
  start(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): SidecarProcess {
    const child: ChildProcess = spawn('ip', ['netns', 'exec', this.name, command, ...args], {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const started = new SidecarProcess(child);
    atEnd(this.t, async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await started.ended;
    });
    return started;
  }

  /** Starts a program of the tests in it, by its URL. */
  program(url: URL, ...args: readonly string[]): SidecarProcess {
    return this.start(process.execPath, [fileURLToPath(url), ...args]);
  }

  /** Starts a sidecar in it, with its admin server where it is by default. */
  sidecar(name: string, env: Readonly<Record<string, string>> = {}, args: readonly string[] = []): SidecarProcess {
    const main = fileURLToPath(new URL(`../../sidecars/${name}/main.ts`, import.meta.url));
    return this.start(process.execPath, [main, ...args], env);
  }

  /** Asks an HTTP server in it, from within it. */
  async get(url: string): Promise<{ readonly status: number; readonly text: string }> {
    const script =
      'fetch(process.argv[1]).then(async (r) => process.stdout.write(JSON.stringify({ status: r.status, text: await r.text() })))';
    const child = this.start(process.execPath, ['--input-type=module', '--eval', script, url]);
    const { stdout, stderr, code } = await child.ended;
    if (code !== 0) throw new Error(`${url}: ${stderr}`);
    return JSON.parse(stdout);
  }

  /** Connects it with another one by a veth, both ends up. */
  connect(name: string, other: NetworkNamespace, otherName: string): void {
    this.ip('link', 'add', name, 'type', 'veth', 'peer', 'name', otherName, 'netns', other.name);
    this.ip('link', 'set', name, 'up');
    other.ip('link', 'set', otherName, 'up');
  }
}

/** Waits until a child process says a line that begins so; gives the rest of the line. */
export async function said(process: SidecarProcess, beginning: string): Promise<string> {
  for (;;) {
    const line = process.stdout.split('\n').find((text) => text.startsWith(beginning));
    if (line !== undefined) return line.slice(beginning.length).trim();
    if (process.child.exitCode !== null) throw new Error(`it ended before it said "${beginning}": ${process.stderr}`);
    await Promise.race([once(process.child.stdout ?? process.child, 'data'), process.ended]);
  }
}
