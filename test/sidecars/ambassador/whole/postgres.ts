import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { freePort } from '#harness/free-port.ts';
import { until } from '#harness/until.ts';

/** The user nobody, where we are root: PostgreSQL does not run as root. */
const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/** What a server does without here: it holds nothing that anybody wants to have tomorrow. */
const careless = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'shared_buffers=16MB',
  'unix_socket_directories=',
];

/** Starts a new PostgreSQL server on a port of the loopback; it trusts its user `postgres`. For a test that `needs('postgres')`. */
export async function startPostgres(t: TestContext): Promise<{ readonly port: number }> {
  const folder = temporaryFolder(t);
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const options = { cwd: folder, env: { PATH: process.env.PATH, HOME: folder, LC_ALL: 'C' }, ...user };
  const { status, stderr } = spawnSync(
    'initdb',
    ['--pgdata', data, '--username=postgres', '--auth=trust', '--encoding=UTF8', '--no-sync'],
    { ...options, encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`initdb ended with ${status}: ${stderr}`);
  const port = await freePort();
  const settings = [...careless, 'listen_addresses=127.0.0.1', `port=${port}`].flatMap((setting) => ['-c', setting]);
  const server = spawn('postgres', ['-D', data, ...settings], { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
  await listening(t, server);
  return { port };
}

async function listening(t: TestContext, server: ChildProcess): Promise<void> {
  let said = '';
  server.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const closed = once(server, 'close');
  // without waiting for clients, and with its own children
  atEnd(t, async () => {
    server.kill('SIGQUIT');
    await closed;
  });
  await until('PostgreSQL is ready', () => {
    if (server.exitCode !== null) throw new Error(`postgres ended with ${server.exitCode}: ${said}`);
    return said.includes('ready to accept connections');
  });
}
