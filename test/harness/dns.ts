import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { atEnd } from './at-end.ts';
import type { Message, Zone } from './dns-server.ts';
import { temporaryFolder } from './folder.ts';

/** What is set up in a {@link DnsNamespace}. */
export interface DnsNamespaceOptions {
  readonly zone?: Zone;
  /** More lines of /etc/resolv.conf, beside the name server: `search one.test`. A silent server is waited for one second, once. */
  readonly resolvConf?: string;
  /** More lines of /etc/hosts. */
  readonly hosts?: string;
}

/**
 * A network of its own, with nothing but a loopback and a name server on 127.0.0.1:53, and an /etc/resolv.conf, /etc/hosts and
 * /etc/nsswitch.conf that lead there and nowhere else. What runs in it asks the C library as it would anywhere.
 * For a test that `needs('linux', 'root')`, on a machine with unshare, nsenter, mount and ip.
 */
export class DnsNamespace {
  readonly #test: TestContext;
  readonly #holder: ChildProcess;

  private constructor(t: TestContext, holder: ChildProcess) {
    this.#test = t;
    this.#holder = holder;
  }

  /** Opens one that lives as long as the test. @throws Error with what its tools said. */
  static async open(t: TestContext, { zone = {}, resolvConf = '', hosts = '' }: DnsNamespaceOptions = {}): Promise<DnsNamespace> {
    const folder = temporaryFolder(t);
    const files = {
      'resolv.conf': `nameserver 127.0.0.1\noptions timeout:1 attempts:1\n${resolvConf}\n`,
      hosts: `127.0.0.1 localhost\n${hosts}\n`,
      'nsswitch.conf': 'hosts: files dns\n',
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const mounts = Object.keys(files).map((name) => `mount --bind ${folder}/${name} /etc/${name}`);
    const server = fileURLToPath(new URL('./dns-server.ts', import.meta.url));
    const script = ['set -e', 'ip link set lo up', ...mounts, 'exec "$0" "$1"'].join('\n');
    const holder = spawn('unshare', ['--mount', '--net', 'sh', '-c', script, process.execPath, server], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let said = '';
    holder.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const closed = once(holder, 'close');
    atEnd(t, async () => {
      holder.kill('SIGKILL');
      await closed;
    });
    const failed = closed.then(([code]) => {
      throw new Error(`the network namespace ended with ${code}: ${said}`);
    });
    await Promise.race([once(holder, 'message'), failed]);
    // it ends with the test, and nobody waits for it then
    failed.catch(() => {});
    const namespace = new DnsNamespace(t, holder);
    await namespace.set(zone);
    return namespace;
  }

  /** All names that there are from now on. Resolves when the server knows. */
  async set(zone: Zone): Promise<void> {
    await this.#ask({ type: 'zone', zone });
  }

  /** How often the server was asked, by `name type`: `redis-1 a`, `_redis._tcp.one.test srv`. */
  async queries(): Promise<Readonly<Record<string, number>>> {
    const answer = await this.#ask({ type: 'queries' });
    return answer.type === 'counted' ? answer.counts : {};
  }

  /** Starts a command in the namespace; its process id and its streams are the command's own. It is killed when the test ends. */
  spawn(command: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess {
    const where = ['--target', String(this.#holder.pid), '--net', '--mount', `--wd=${process.cwd()}`, '--'];
    const child = spawn('nsenter', [...where, command, ...args], options);
    const closed = once(child, 'close');
    atEnd(this.#test, async () => {
      child.kill('SIGKILL');
      await closed;
    });
    return child;
  }

  /** One question at a time. */
  async #ask(message: Message): Promise<Message> {
    const answered = once(this.#holder, 'message');
    this.#holder.send(message);
    const [answer] = await answered;
    return answer;
  }
}
