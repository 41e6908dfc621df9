// It leaves with streams that have not ended: both sides of each are reset, so that nobody takes for complete what was cut off.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needs } from '#harness/needs.ts';
import { dial, type Peer, silent, TcpServer } from '#harness/tcp.ts';
import { Ambassador } from './ambassador.ts';
import { onBothEngines } from './both.ts';

/** How both ends of a connection, and others, were ended. */
const endings = (...peers: readonly Peer[]) => Promise.all(peers.map(({ ending }) => ending));

/** What it said last. */
const lastWords = ({ process }: Ambassador) => process.log.at(-1)?.msg;

onBothEngines(
  'the grace is over: a reset for those amid an answer, for those at rest, and for those who wait',
  async (t, start) => {
    const backend = await TcpServer.listen(t, silent);
    const ambassador = await start({ to: `${backend.address}?max=2&queue=600s`, env: { SIDEKICK_GRACE: '1s' } });
    const [amid, atRest] = [await dial(t, ambassador.port), await dial(t, ambassador.port)];
    const [answering, resting] = [await backend.peer(0), await backend.peer(1)];
    const queued = await dial(t, ambassador.port);
    await ambassador.counts(1, 'waiting');
    await answering.send('HTTP/1.0 200 OK\r\n\r\nthe half of what');
    await amid.receives(35);
    // the application has said all that it wants to say
    amid.end();
    assert.equal(await answering.ending, 'FIN');
    ambassador.process.child.kill('SIGTERM');
    assert.equal((await ambassador.process.ended).code, 1);
    assert.deepEqual(await endings(amid, atRest, resting, queued), Array(4).fill('ECONNRESET'));
    // of a reset the one that has read to the end hears when it speaks
    await assert.rejects(answering.send('the other half'), /ECONNRESET|EPIPE/);
    assert.match(String(lastWords(ambassador)), /grace of 1000 ms is over: .*raise SIDEKICK_GRACE/);
  },
);

onBothEngines('a second SIGTERM, amid a transfer of which the client takes nothing', async (t, start) => {
  const backend = await TcpServer.listen(t, silent);
  const ambassador = await start({ to: backend.address, env: { SIDEKICK_GRACE: '600s' } });
  const client = await dial(t, ambassador.port);
  client.stall();
  const peer = await backend.peer();
  await peer.sendUntilBlocked();
  ambassador.process.child.kill('SIGTERM');
  await ambassador.process.says('stopping');
  ambassador.process.child.kill('SIGTERM');
  assert.equal((await ambassador.process.ended).code, 143);
  assert.equal(lastWords(ambassador), 'a second SIGTERM: leaving now');
  client.read();
  assert.deepEqual(await endings(client, peer), ['ECONNRESET', 'ECONNRESET']);
});

for (const [what, options, env] of [
  ['whose connections go through faults', '', { AMBASSADOR_FAULTS: 'on' }],
  ['whose clients have a PROXY header to send', '?proxy-in=true&header-timeout=600s', {}],
] as const) {
  test(`a route ${what}: the same`, needs('linux'), async (t) => {
    const backend = await TcpServer.listen(t, silent);
    const to = `${backend.address}${options}`;
    const ambassador = await Ambassador.start(t, 'net', { to, env: { ...env, SIDEKICK_GRACE: '1s' } });
    const [speaking, mute] = [await dial(t, ambassador.port), await dial(t, ambassador.port)];
    if (options !== '') await speaking.send('PROXY UNKNOWN\r\n');
    const peer = await backend.peer();
    await ambassador.counts(2, 'clients');
    ambassador.process.child.kill('SIGTERM');
    assert.equal((await ambassador.process.ended).code, 1);
    assert.deepEqual(await endings(speaking, mute, peer), Array(3).fill('ECONNRESET'));
  });
}
