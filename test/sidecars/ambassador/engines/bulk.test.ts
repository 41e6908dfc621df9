// Much at once: whole, in order, fairly, and without keeping it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { atEnd } from '#harness/at-end.ts';
import { acceptSummed, dialSummed, sendSummed } from '#harness/checksum.ts';
import { freePort } from '#harness/free-port.ts';
import { privateMemory } from '#harness/proc.ts';
import { dial, silent, TcpServer } from '#harness/tcp.ts';
import { until } from '#harness/until.ts';
import { isThorough, onBothEngines } from './both.ts';
import { Program } from './programs/program.ts';

const mebibyte = 1024 * 1024;

onBothEngines('300 MB each way at the same time, read by 997 bytes', async (t, start) => {
  const size = 300_000_000;
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(t, () => server.close());
  const { port } = server.address() as { port: number };
  const ambassador = await start({ to: `127.0.0.1:${port}` });
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const client = dialSummed(ambassador.port, 997);
  const backend = acceptSummed((await accepted)[0], 997);
  const [up, down, atBackend, atClient] = await Promise.all([
    sendSummed(client.socket, size, 1),
    sendSummed(backend.socket, size, 2),
    backend.reader.sum,
    client.reader.sum,
  ]);
  assert.deepEqual({ atBackend, atClient }, { atBackend: up, atClient: down });
});

onBothEngines('a reader that is stalled stalls its sender, and costs no memory', async (t, start) => {
  const stalledFor = isThorough ? 60_000 : 10_000;
  const backend = await TcpServer.listen(t, silent);
  const ambassador = await start({ to: backend.address });
  // what first transfers make it take for good, such as compiled code, is taken before the measurement
  const transfers = 4;
  for (let transfer = 0; transfer < transfers; transfer += 1) {
    const warm = await dial(t, ambassador.port);
    warm.socket.end(Buffer.alloc(50_000_000));
    assert.equal(await (await backend.peer(transfer)).ending, 'FIN');
    (await backend.peer(transfer)).end();
    await warm.ending;
  }

  const before = privateMemory(ambassador.pid);
  const sender = await dial(t, ambassador.port);
  const reader = await backend.peer(transfers);
  reader.stall();
  const taken = await sender.sendUntilBlocked();
  await pause(stalledFor);
  const grown = privateMemory(ambassador.pid) - before;
  t.diagnostic(`${grown / 1024} KiB more after ${stalledFor / 1000} s, with ${taken} bytes on their way`);
  assert.ok(grown <= 1_000_000, `it has ${grown} bytes more`);
  reader.read();
  sender.end();
  assert.equal(await reader.ending, 'FIN');
  assert.ok(reader.bytes >= taken);
});

/** How many bytes a process has read so far, from sockets above all (proc(5), rchar). */
function bytesRead(pid: number | undefined): number {
  return Number(/^rchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]);
}

onBothEngines('4 bulk streams leave their turn to a ping beside them', async (t, start) => {
  const bulk = new Program(t, 'bulk', [4]);
  const ponger = await TcpServer.listen(t);
  const bulkPort = await freePort();
  const ambassador = await start({
    to: ponger.address,
    routes: [`${bulkPort}=127.0.0.1:${await bulk.tells('port')}`],
  });
  bulk.ask(String(bulkPort));
  await bulk.tells('bytes', (bytes) => bytes > 100_000_000);
  const { socket } = await dial(t, ambassador.port);
  const pings: { time: number; bytes: number }[] = [];
  for (let round = 1; round <= 401; round += 1) {
    const begun = { time: performance.now(), bytes: bytesRead(bulk.child.pid) };
    socket.write(Buffer.alloc(64));
    await once(socket, 'data');
    pings.push({ time: performance.now() - begun.time, bytes: bytesRead(bulk.child.pid) - begun.bytes });
  }
  const [time, bytes] = (['time', 'bytes'] as const).map((what) => pings.map((ping) => ping[what]).sort((a, b) => a - b));
  t.diagnostic(`ping beside bulk: p50 ${time?.[200]?.toFixed(2)} ms, p99 ${time?.[396]?.toFixed(2)} ms`);
  const median = bytes?.[200] ?? Number.NaN;
  t.diagnostic(
    `bulk during a ping: p50 ${(median / mebibyte).toFixed(2)} MiB, p99 ${((bytes?.[396] ?? 0) / mebibyte).toFixed(2)} MiB`,
  );
  // not how fast it is, but who has to wait for whom; a machine that is busy delays both
  assert.ok(median < 32 * mebibyte, `${median} bytes of bulk went before a ping`);
  const before = bytesRead(bulk.child.pid);
  await until('the bulk goes on', () => bytesRead(bulk.child.pid) > before + 100_000_000);
});
