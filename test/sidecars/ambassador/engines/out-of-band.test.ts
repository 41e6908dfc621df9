// Bytes that TCP calls urgent, as telnet and old databases send them.
import assert from 'node:assert/strict';
import { dial, type Peer, TcpServer } from '#harness/tcp.ts';
import { openLibc } from '#shared/linux/libc.ts';
import { onBothEngines } from './both.ts';

const MSG_OOB = 1;

/** Sends one byte out of band, which Node cannot. */
function sendUrgent({ socket }: Peer): void {
  const libc = openLibc();
  const { fd } = (socket as unknown as { _handle: { fd: number } })._handle;
  assert.equal(libc.send(fd, libc.map(4096).address, 1, MSG_OOB), 1);
}

/** The bytes around it in their order; an urgent byte, a 0, is lost or comes in line: both is right, as TCP promises it no place (RFC 6093). */
function assertWhole(received: Buffer, around: Buffer): void {
  const rest = Buffer.from(received.filter((byte) => byte !== 0));
  assert.ok(rest.equals(around), `${rest.length} of ${around.length} bytes`);
}

const large = Buffer.alloc(1_000_000, 'carried in large pieces ');
const small = Buffer.alloc(60_000, 'carried in one ');

for (const from of ['client', 'backend'] as const)
  onBothEngines(`an out-of-band byte of the ${from} holds up nothing`, async (t, start) => {
    const server = await TcpServer.listen(t, () => {});
    const ambassador = await start({ to: server.address });
    const client = await dial(t, ambassador.port);
    const backend = await server.peer();
    const [sender, reader] = from === 'client' ? [client, backend] : [backend, client];
    const sent: Buffer[] = [];
    for (let round = 0; round < 5; round += 1) {
      await sender.send(large);
      // it finds all of this at once: bytes, the urgent one amidst them, and in the end the FIN
      ambassador.process.child.kill('SIGSTOP');
      await sender.send(small);
      sendUrgent(sender);
      await sender.send(small);
      sent.push(large, small, small);
      if (round === 4) sender.end();
      ambassador.process.child.kill('SIGCONT');
      await reader.receives(sent.reduce((sum, { length }) => sum + length, 0));
    }
    assert.equal(await reader.ending, 'FIN');
    assertWhole(reader.received, Buffer.concat(sent));
    reader.socket.end('and back');
    assert.equal(await sender.ending, 'FIN');
    assert.equal(sender.received.toString(), 'and back');
  });

onBothEngines('an out-of-band byte alone, and then a reset', async (t, start) => {
  const server = await TcpServer.listen(t, () => {});
  const { port } = await start({ to: server.address });
  const client = await dial(t, port);
  const backend = await server.peer();
  sendUrgent(client);
  client.reset();
  assert.equal(await backend.ending, 'ECONNRESET');
});
