import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type NetprobeStatus, probed } from './probed.ts';

const peer = (direction: string, name: string, port: number, bytes: number | null) => {
  const told = { sentBytes: bytes, receivedBytes: bytes, retransmittedBytes: bytes };
  return { direction, peer: name, port, connections: 1, opened: 2, ...told };
};
const status: NetprobeStatus = {
  source: { sockets: 'netlink', missing: [], eventsLost: 2 },
  listeners: [
    { address: '127.0.0.1:18080', queue: 9, limit: 9, drops: 9 },
    { address: '0.0.0.0:8080', queue: 1, limit: 511, drops: 0 },
  ],
  peers: [
    ...[peer('in', '10.0.0.9', 8080, 10), peer('in', '10.0.0.8', 8080, 20), peer('out', '10.0.0.9', 8080, 4000)],
    ...[peer('out', '10.0.0.2', 7000, 100), peer('out', '10.0.0.3', 7000, 200), peer('in', '10.0.0.2', 7000, 8000)],
    peer('out', '127.127.0.2', 7000, 16_000),
  ],
  checks: [],
};

test("the shop's listener, its visitors and its stock are picked out of everything else", () => {
  assert.deepEqual(probed(status, 8080, ['10.0.0.2:7000', '10.0.0.3:7000']), {
    source: 'netlink',
    missing: [],
    lost: 2,
    listener: { address: '0.0.0.0:8080', queue: 1, limit: 511, drops: 0 },
    visitors: { connections: 2, opened: 4, sent: 30, received: 30, retransmitted: 30 },
    stock: { connections: 2, opened: 4, sent: 300, received: 300, retransmitted: 300 },
    checks: [],
  });
});

test('what one peer does not tell is told of none', () => {
  const { stock } = probed({ ...status, peers: [peer('out', 'a', 1, null), peer('out', 'a', 2, 5)] }, 8080, ['a:1', 'a:2']);
  assert.deepEqual(stock, { connections: 2, opened: 4, sent: null, received: null, retransmitted: null });
});
