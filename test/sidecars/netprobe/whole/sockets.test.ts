// What is told of sockets is what ss(8) tells in the same namespace.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { said } from '#harness/namespace.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import { Probed } from './probed.ts';

const here = needs('linux', 'root', 'ss');
const hold = new URL('./programs/hold.ts', import.meta.url);

/** How many sockets ss counts in each state. */
function statesBySs(namespace: Probed): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const line of namespace.run('ss', '-tanH').trim().split('\n')) {
    const [state = ''] = line.split(' ');
    if (state !== '') counts[state] = (counts[state] ?? 0) + 1;
  }
  return counts;
}

describe('beside connections in many states', here, () => {
  for (const source of ['netlink', 'proc'] as const)
    test(`read by ${source}`, here, async (t) => {
      const namespace = new Probed(t);
      await said(namespace.program(hold, '50'), 'held');
      const probe = namespace.sidecar('netprobe', {
        NETPROBE_SOURCE: source,
        NETPROBE_INTERVAL: '100ms',
        NETPROBE_ADMIN: 'unix:/dev/null/none',
      });
      await probe.ended;
      // by a Unix socket, so that it adds no TCP socket to what is counted
      const folder = `/tmp/${namespace.name}`;
      namespace.sidecar('netprobe', {
        NETPROBE_SOURCE: source,
        NETPROBE_INTERVAL: '100ms',
        NETPROBE_ADMIN: `unix:${folder}.sock`,
      });
      const status = () => JSON.parse(namespace.run('curl', '-s', '--unix-socket', `${folder}.sock`, 'http://probe/status'));
      await until('it has read', () => {
        try {
          return status().sockets.read !== null;
        } catch {
          return false;
        }
      });
      await until('the states are those of ss', () => {
        const { states } = status().sockets;
        return JSON.stringify(Object.entries(states).sort()) === JSON.stringify(Object.entries(statesBySs(namespace)).sort());
      });
      const { peers, listeners, source: told } = status();
      assert.equal(told.sockets, source);
      const incoming = peers.find((peer: { direction: string }) => peer.direction === 'in');
      assert.equal(incoming.connections, 50 + 10);
      assert.equal(incoming.sentBytes, source === 'netlink' ? (50 + 10) * 5 : null);
      const full = listeners.find((listener: { queue: number }) => listener.queue > 0);
      assert.equal(full.queue, 3);
      assert.equal(full.drops === null, source === 'proc');
      assert.equal(told.missing.length > 0, source === 'proc');
    });
});

test('the own listener is one of those that listen, and has no series of its own', here, async (t) => {
  const namespace = new Probed(t);
  await namespace.begin();
  await said(namespace.program(hold, '1'), 'held');
  const listening = namespace.run('ss', '-tlnH').trim().split('\n').length;
  assert.equal(listening, 3);
  const { sockets, listeners } = await namespace.status();
  assert.deepEqual([sockets.states.LISTEN, listeners.length], [3, 2]);
  const metrics = await namespace.metrics();
  assert.equal(metrics.sum('node_tcp_connection_states', { state: 'listen' }), 3);
});

test('ss -tln, -tan, with a filter, and as JSON', here, async (t) => {
  const namespace = new Probed(t);
  await said(namespace.program(hold, '20'), 'held');
  const ss = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await namespace.sidecar('netprobe', {}, ['ss', ...args]).ended;
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const ends = (text: string) =>
    text
      .trim()
      .split('\n')
      .map((line) => line.split(/\s+/))
      .map((words) => [words[0], ...words.filter((word) => /:(\d+|\*)$/.test(word))].join(' '))
      .sort();
  const bySs = (...args: readonly string[]) => ends(namespace.run('ss', '-H', ...args));
  assert.deepEqual(ends(await ss('-tlnH')), bySs('-tln'));
  assert.deepEqual(ends(await ss('-tanH')), bySs('-tan'));
  assert.deepEqual(ends(await ss('-tnH')), bySs('-tn'));
  assert.deepEqual(
    ends(await ss('-tanH4', 'state', 'established', 'dport', '>', ':30000')),
    bySs('-tan4', 'state', 'established', 'dport', '>', ':30000').map((line) =>
      line.startsWith('ESTAB') ? line : `ESTAB ${line.replace(/^\d+ /, '')}`,
    ),
  );
  const [listener] = JSON.parse(await ss('-tl', '--json', 'sport', '=', ':7001'));
  assert.deepEqual([listener.state, listener.receiveQueue, listener.sendQueue, listener.local.port], ['LISTEN', 3, 2, 7001]);
  assert.ok(listener.drops > 0);
  const [connection] = JSON.parse(await ss('-t', '--json', 'sport', '=', ':7000'));
  assert.deepEqual([connection.tcp.sentBytes, connection.tcp.receivedBytes], [5, 0]);
  assert.ok(connection.tcp.rttSeconds > 0);
});
