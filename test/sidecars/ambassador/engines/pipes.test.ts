// Pipes are few: a connection has one while it carries much, and gives it back.
import { readdirSync, readlinkSync } from 'node:fs';
import { seeded } from '#harness/random.ts';
import { dial, TcpServer } from '#harness/tcp.ts';
import { until } from '#harness/until.ts';
import { onBothEngines } from './both.ts';

/** How many pipes a process has open; each has two ends. */
function pipes(pid: number): number {
  const open = readdirSync(`/proc/${pid}/fd`).filter((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith('pipe:');
    } catch {
      // closed meanwhile
      return false;
    }
  });
  return open.length / 2;
}

onBothEngines('a pool of connections that each got a long answer and are silent now: they keep no pipe', async (t, start) => {
  const random = seeded(t);
  const backend = await TcpServer.listen(t, ({ socket }) => {
    socket.on('data', (size) => socket.write(Buffer.alloc(Number(size))));
  });
  const ambassador = await start({ to: backend.address });
  const before = pipes(ambassador.pid);
  const ask = async () => {
    const client = await dial(t, ambassador.port);
    const size = 1_000_000 + random.below(1_000_000);
    await client.send(String(size));
    await client.receives(size);
  };
  for (let client = 0; client < 150; client += 1) await ask();
  t.diagnostic(`${pipes(ambassador.pid) - before} pipes`);
  // one after the other they were served by the same one, and by another where it came back a moment late
  await until('few are open', () => pipes(ambassador.pid) - before <= 3);
  await ambassador.counts(150, 'active_connections');
});
