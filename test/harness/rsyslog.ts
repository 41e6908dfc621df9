import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { atEnd } from './at-end.ts';
import { temporaryFolder } from './folder.ts';
import { freePort } from './free-port.ts';
import { until } from './until.ts';

/** A message as rsyslog understood it. */
export interface SyslogMessage {
  readonly priority: string;
  readonly time: string;
  readonly host: string;
  readonly app: string;
  readonly data: string;
  readonly message: string;
}

/** rsyslogd of Debian, which takes messages by UDP and TCP and writes what it understood to a file. For a test that `needs('rsyslog')`. */
export class Rsyslog {
  readonly port: number;
  readonly #folder: string;
  #child: ReturnType<typeof spawn> | undefined;

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.port = port;
  }

  /** Starts one; it ends with the test. */
  static async start(t: TestContext): Promise<Rsyslog> {
    const rsyslog = new Rsyslog(temporaryFolder(t), await freePort());
    writeFileSync(join(rsyslog.#folder, 'rsyslog.conf'), configuration(rsyslog.#folder, rsyslog.port));
    atEnd(t, () => rsyslog.stop('SIGKILL'));
    await rsyslog.begin();
    return rsyslog;
  }

  /** Starts it, on the same port and with the same file as before. */
  async begin(): Promise<void> {
    const at = (name: string) => join(this.#folder, name);
    let said = '';
    const args = ['-n', '-f', at('rsyslog.conf'), '-i', at('pid')];
    const child = spawn('rsyslogd', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
    this.#child = child;
    await until('rsyslogd listens', () => {
      if (child.exitCode !== null) throw new Error(`rsyslogd ended: ${said}`);
      return listens(this.port);
    });
  }

  /** Ends it. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  /** All that it understood, in the order in which it wrote it. */
  get messages(): SyslogMessage[] {
    const path = join(this.#folder, 'messages');
    if (!existsSync(path)) return [];
    const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line));
  }
}

/** Whether somebody listens on a TCP port of this machine (proc_pid_net_tcp(5)). */
function listens(port: number): boolean {
  const hex = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
  const tables = ['/proc/net/tcp', '/proc/net/tcp6'].filter(existsSync).map((path) => readFileSync(path, 'utf8'));
  return tables.some((table) => table.split('\n').some((line) => line.includes(hex) && line.trim().split(/\s+/)[3] === '0A'));
}

/** As many bytes in a message as a test may want; one line of JSON for each message. */
function configuration(folder: string, port: number): string {
  const field = (name: string, property: string) => `property(outname="${name}" name="${property}" format="jsonf")`;
  const fields = [
    field('priority', 'pri'),
    field('time', 'timereported" dateFormat="rfc3339'),
    field('host', 'hostname'),
    field('app', 'app-name'),
    field('data', 'structured-data'),
    field('message', 'msg'),
  ];
  return `
global(workDirectory="${folder}" maxMessageSize="128k" parser.escapeControlCharactersOnReceive="off")
module(load="imudp")
module(load="imtcp")
input(type="imudp" address="127.0.0.1" port="${port}" ruleset="all")
input(type="imtcp" address="127.0.0.1" port="${port}" ruleset="all")
template(name="json" type="list") {
  constant(value="{")
${fields.join('\n  constant(value=",")\n')}
  constant(value="}\\n")
}
ruleset(name="all") { action(type="omfile" file="${folder}/messages" template="json" asyncWriting="off" flushOnTXEnd="on") }
`;
}
