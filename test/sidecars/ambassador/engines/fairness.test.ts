// Whoever has little to say does not wait for those who have much.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DnsNamespace } from '#harness/dns.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { dial, echo, TcpServer } from '#harness/tcp.ts';
import { onBothEngines } from './both.ts';
import { Program } from './programs/program.ts';

const mebibyte = 1024 * 1024;

/** Bytes that are on their way to a port of the network of a process, or there and not read (proc_net_tcp.rst in the kernel's documentation). */
function bytesAt(pid: number | undefined, port: number): number {
  const end = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const sockets = readFileSync(`/proc/${pid}/net/tcp`, 'utf8').trim().split('\n').slice(1);
  let bytes = 0;
  for (const socket of sockets) {
    const [, local = '', remote = '', , queues = ''] = socket.trim().split(/\s+/);
    const [sending, receiving] = queues.split(':').map((queue) => Number.parseInt(queue, 16));
    if (remote.endsWith(end)) bytes += sending ?? 0;
    // of one that listens it is the number of clients
    if (local.endsWith(end) && !remote.endsWith(':0000')) bytes += receiving ?? 0;
  }
  return bytes;
}

onBothEngines(
  'a ping that comes when 4 streams have 64 MiB there is answered after a turn of each',
  async (t, start) => {
    const namespace = await DnsNamespace.open(t);
    const bulk = new Program(t, 'standing-bulk', [7100, 4], { namespace });
    const port = await bulk.tells('listening');
    const folder = temporaryFolder(t);
    // Unix sockets are the same in every network
    const ponger = await TcpServer.listen(t, echo, { path: join(folder, 'ponger') });
    const ping = join(folder, 'ping');
    const ambassador = await start({
      routes: [`7100=127.0.0.1:${port}`, `unix:${ping}=${ponger.address}`],
      env: { AMBASSADOR_ADMIN: `unix:${join(folder, 'admin')}` },
      spawn: (command, args, how) => namespace.spawn(command, args, how),
    });
    const { socket } = await dial(t, { path: ping });
    const { child } = ambassador.process;
    const before: number[] = [];
    // the test may be late to look: the best of some rounds is what the ambassador does
    for (let round = 1; round <= 5; round += 1) {
      bulk.ask('connect');
      await bulk.tells('joined', (joined) => joined === round);
      // what it finds when it goes on are first the streams and then the ping
      child.kill('SIGSTOP');
      bulk.ask('fill');
      await bulk.tells('round', (filled) => filled === round);
      const pong = once(socket, 'data');
      socket.write('ping');
      child.kill('SIGCONT');
      await pong;
      child.kill('SIGSTOP');
      before.push(bytesAt(bulk.child.pid, port) / mebibyte);
      child.kill('SIGCONT');
      bulk.ask('leave');
      await ambassador.counts(1, 'active_connections');
    }
    t.diagnostic(
      `${await bulk.tells('taken')} bytes were there; MiB before the ping: ${before.map((bytes) => bytes.toFixed(1)).join(', ')}`,
    );
    assert.ok(Math.min(...before) < 16, `at least ${Math.min(...before)} MiB went before a ping`);
  },
  'root',
);
