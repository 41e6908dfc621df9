// Pipes are counted by user, over all containers of a machine: another one may have taken them all.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { atEnd } from '#harness/at-end.ts';
import { acceptSummed, dialSummed, sendSummed } from '#harness/checksum.ts';
import { onBothEngines } from './both.ts';
import { Program } from './programs/program.ts';

/** A user that nobody else is; root is exempt from the quota. */
const user = () => 100_000 + Math.floor(Math.random() * 1_000_000);

onBothEngines(
  'no pages of pipes are left: bytes are carried all the same, and are the same',
  async (t, start) => {
    const uid = user();
    const hog = new Program(t, 'pipe-hog', [], { uid });
    t.diagnostic(`${await hog.tells('pipes')} pipes are taken`);
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    atEnd(t, () => server.close());
    const { port } = server.address() as { port: number };
    const ambassador = await start({ to: `127.0.0.1:${port}`, uid });
    const transfer = async (seed: number) => {
      const accepted = once(server, 'connection') as Promise<[Socket]>;
      const client = dialSummed(ambassador.port, 65_536);
      const backend = acceptSummed((await accepted)[0], 65_536);
      return async () => {
        const [up, down, atBackend, atClient] = await Promise.all([
          sendSummed(client.socket, 25_000_000, seed),
          sendSummed(backend.socket, 25_000_000, seed + 1),
          backend.reader.sum,
          client.reader.sum,
        ]);
        assert.deepEqual({ atBackend, atClient }, { atBackend: up, atClient: down });
      };
    };
    const transfers: (() => Promise<void>)[] = [];
    for (let number = 0; number < 6; number += 1) transfers.push(await transfer(number * 2));
    await Promise.all(transfers.map((run) => run()));
  },
  'root',
);
