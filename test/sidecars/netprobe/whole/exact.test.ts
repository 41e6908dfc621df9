// Ten thousand short connections: to the byte, at both ends, by every protocol, whoever ends them first.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Exposition } from '#harness/exposition.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import { neighbours, type Probed } from './probed.ts';

const here = needs('linux', 'root');

/** Of each of the six kinds. */
const count = 1700;

/** What was counted of a peer. */
function peerOf(metrics: Exposition, direction: 'in' | 'out', peer: string, port: number) {
  const of = (name: string) => metrics.sum(`sidekick_netprobe_tcp_peer_${name}`, { direction, peer, port: String(port) });
  return { sent: of('sent_bytes_total'), received: of('received_bytes_total'), connections: of('closed_total') };
}

test('at both ends, by each protocol', here, async (t) => {
  const [client, server] = neighbours(t);
  await Promise.all([client.begin(), server.begin()]);
  for (const [title, address, from, listen] of [
    ['IPv4', '10.7.0.2', '10.7.0.1', '0.0.0.0'],
    ['IPv6', 'fd00:7::2', 'fd00:7::1', '::'],
    ['IPv4 to a socket of IPv6', '10.7.0.2', '10.7.0.1', '::'],
  ] as const)
    for (const first of ['client', 'server'] as const)
      await t.test(`${title}, the ${first} ends first`, async () => {
        const { port, end } = await server.serve(listen, first);
        const asked = await client.ask(address, port, count, first);
        const served = await end();
        assert.deepEqual([served.sent, served.received, served.connections], [asked.received, asked.sent, count]);
        const closed = (namespace: Probed, direction: 'in' | 'out', peer: string) =>
          until('all ends are counted', async () => {
            const metrics = await namespace.metrics();
            if (!metrics.has('sidekick_netprobe_tcp_peer_closed_total')) return false;
            return peerOf(metrics, direction, peer, port).connections >= count;
          });
        await Promise.all([closed(client, 'out', address), closed(server, 'in', from)]);
        assert.deepEqual(peerOf(await client.metrics(), 'out', address, port), asked);
        assert.deepEqual(peerOf(await server.metrics(), 'in', from, port), served);
      });
  for (const namespace of [client, server])
    assert.equal((await namespace.metrics()).sum('sidekick_netprobe_events_overruns_total'), 0);
});
