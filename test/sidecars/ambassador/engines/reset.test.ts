// A reset of one side is a reset for the other: an application must not take a broken stream for one that was ended.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { DnsNamespace } from '#harness/dns.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { dial, type Peer, silent, TcpServer } from '#harness/tcp.ts';
import type { Ambassador } from './ambassador.ts';
import { onBothEngines, type Start } from './both.ts';
import { Program } from './programs/program.ts';

interface Pair {
  readonly client: Peer;
  readonly backend: Peer;
  readonly ambassador: Ambassador;
}

/** A client and its backend, joined: each has got a word from the other. */
async function joined(t: TestContext, start: Start): Promise<Pair> {
  const server = await TcpServer.listen(t, silent);
  const ambassador = await start({ to: server.address });
  const client = await dial(t, ambassador.port);
  const backend = await server.peer();
  await client.send('to the backend');
  await backend.send('to the client');
  await Promise.all([client.receives(13), backend.receives(14)]);
  return { client, backend, ambassador };
}

for (const [who, other] of [
  ['client', 'backend'],
  ['backend', 'client'],
] as const) {
  onBothEngines(`the ${who} resets: the ${other} gets a reset`, async (t, start) => {
    const pair = await joined(t, start);
    pair[who].reset();
    assert.equal(await pair[other].ending, 'ECONNRESET');
    await pair.ambassador.counts(1, 'ended_total', { reason: `reset_by_${who}` });
    await pair.ambassador.counts(0, 'active_connections');
  });

  onBothEngines(`the ${who} resets after the ${other} has ended its stream: the ${other} gets a reset`, async (t, start) => {
    const pair = await joined(t, start);
    pair[other].end();
    assert.equal(await pair[who].ending, 'FIN');
    pair[who].reset();
    assert.equal(await pair[other].ending, 'ECONNRESET');
  });

  onBothEngines(`the ${who} resets while the ${other} reads nothing and the way to it is full`, async (t, start) => {
    const pair = await joined(t, start);
    pair[other].stall();
    await pair[who].sendUntilBlocked();
    pair[who].reset();
    // and not only when that reads again, which it may never do
    await pair.ambassador.counts(0, 'active_connections');
    pair[other].read();
    assert.equal(await pair[other].ending, 'ECONNRESET');
  });

  onBothEngines(`the ${who} resets while the ${other} reads nothing, and then the ${other} sends more`, async (t, start) => {
    const pair = await joined(t, start);
    pair[other].stall();
    await pair[who].sendUntilBlocked();
    pair[who].reset();
    pair[other].socket.write('more of it');
    await pair.ambassador.counts(0, 'active_connections');
    pair[other].read();
    assert.match(await pair[other].ending, /ECONNRESET|EPIPE/);
  });

  onBothEngines(`the ${who} resets while it reads nothing and the way to it is full`, async (t, start) => {
    const pair = await joined(t, start);
    pair[who].stall();
    await pair[other].sendUntilBlocked();
    pair[who].reset();
    assert.equal(await pair[other].ending, 'ECONNRESET');
    await pair.ambassador.counts(0, 'active_connections');
  });

  onBothEngines(`the ${who} resets while both ways are full`, async (t, start) => {
    const pair = await joined(t, start);
    pair[who].stall();
    pair[other].stall();
    await Promise.all([pair[who].sendUntilBlocked(), pair[other].sendUntilBlocked()]);
    pair[who].reset();
    // and not only when that reads again, which it may never do
    await pair.ambassador.counts(0, 'active_connections');
    pair[other].read();
    assert.equal(await pair[other].ending, 'ECONNRESET');
  });
}

onBothEngines(
  'a client resets, and what it sent before is more than the backend takes',
  async (t, start) => {
    const namespace = await DnsNamespace.open(t);
    const ends = new Program(t, 'overrun', [7100], { namespace });
    const ambassador = await start({
      routes: [`7100=127.0.0.1:${await ends.tells('listening')}`],
      env: { AMBASSADOR_ADMIN: `unix:${join(temporaryFolder(t), 'admin')}` },
      spawn: (command, args, how) => namespace.spawn(command, args, how),
    });
    ends.ask('connect');
    await ends.tells('joined');
    // what it finds when it goes on are all of the bytes and the reset at once
    ambassador.process.child.kill('SIGSTOP');
    ends.ask('fill');
    t.diagnostic(`${await ends.tells('taken')} bytes were sent before the reset`);
    ends.ask('reset');
    await ends.tells('gone');
    ambassador.process.child.kill('SIGCONT');
    await ambassador.counts(0, 'active_connections');
    await ambassador.counts(1, 'ended_total', { reason: 'reset_by_client' });
    ends.ask('read');
    assert.equal(await ends.tells('ended'), 1);
  },
  'root',
);

onBothEngines('a connection that is reset breaks no other one', async (t, start) => {
  const server = await TcpServer.listen(t);
  const { port } = await start({ to: server.address });
  const clients = await Promise.all(Array.from({ length: 40 }, () => dial(t, port)));
  for (const client of clients.filter((_, index) => index % 2 === 0)) client.reset();
  for (const client of clients.filter((_, index) => index % 2 === 1)) {
    client.socket.end('still here');
    assert.equal(await client.ending, 'FIN');
    assert.equal(client.received.toString(), 'still here');
  }
});
