// What went on between two moments, and how it fits into a screen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { screenLines } from '../../../../sidecars/netprobe/top/screen.ts';
import { type Counted, compare, type Moment } from '../../../../sidecars/netprobe/top/snapshot.ts';

const peer = (name: string, more: Partial<Counted>): Counted => ({
  ...{ direction: 'out', name, port: 6379, connections: 1, opened: 0, closed: 0, failed: 0, sent: 0, received: 0 },
  ...{ retransmitted: 0, rttNow: 0, rttNowCount: 0, ...more },
});
const moment = (at: number, more: Partial<Moment>): Moment => ({
  at,
  peers: [],
  listeners: [],
  states: {},
  interfaces: [],
  ...more,
});
const listener = { address: '0.0.0.0', port: 80, sockets: 1, queue: 3, limit: 2, drops: 10 };

test('rates are a second, and the busiest is first', () => {
  const before = moment(1000, {
    peers: [peer('10.0.0.1', { sent: 100 }), peer('10.0.0.2', { sent: 1000, opened: 4 })],
    listeners: [listener],
    interfaces: [{ name: 'eth0', received: 50, sent: 0 }],
  });
  const now = moment(3000, {
    peers: [peer('10.0.0.1', { sent: 300, rttNow: 3000, rttNowCount: 2 }), peer('10.0.0.2', { sent: 5000, opened: 5 })],
    listeners: [{ ...listener, drops: 30 }],
    interfaces: [{ name: 'eth0', received: 250, sent: 0 }],
    states: { ESTAB: 2 },
  });
  const snapshot = compare(before, now);
  assert.deepEqual(
    snapshot.peers.map(({ peer: name, sentBytes, opened, rttSeconds }) => [name, sentBytes, opened, rttSeconds]),
    [
      ['10.0.0.2', 2000, 0.5, null],
      ['10.0.0.1', 100, 0, 0.0015],
    ],
  );
  assert.deepEqual([snapshot.listeners[0]?.dropped, snapshot.interfaces[0]?.receivedBytes], [10, 100]);
  assert.equal(compare(before, now, 'rtt').peers[0]?.peer, '10.0.0.1');
});

test('one that was not there has no rate of bytes yet, and one that began anew no negative one', () => {
  const snapshot = compare(
    moment(0, { peers: [peer('a', { sent: 900 })] }),
    moment(1000, { peers: [peer('a', { sent: 100 }), peer('b', { sent: 500 })] }),
  );
  assert.deepEqual(
    snapshot.peers.map(({ peer: name, sentBytes }) => [name, sentBytes]),
    [
      ['a', 100],
      ['b', 0],
    ],
  );
});

test('a small screen keeps its width and height, with listeners on it', () => {
  const peers = Array.from({ length: 100 }, (_, index) => peer(`10.0.0.${index}`, {}));
  const now = moment(1000, {
    peers,
    listeners: [listener],
    states: { ESTAB: 100 },
    interfaces: [{ name: 'lo', received: 0, sent: 0 }],
  });
  const snapshot = compare(moment(0, { peers }), now);
  for (const [lines, columns] of [
    [24, 80],
    [10, 40],
    [5, 20],
  ] as const) {
    const shown = screenLines(snapshot, 'bytes', { lines, columns });
    assert.ok(shown.length <= lines, `${shown.length}`);
    assert.ok(shown.every((line) => line.length <= columns));
  }
  const shown = screenLines(snapshot, 'bytes', { lines: 24, columns: 80 }).join('\n');
  assert.match(shown, /^ESTAB 100$/m);
  assert.match(shown, /^peer +conns +new\/s +failed\/s +in\/s +out\/s\*/m);
  assert.match(shown, /^-> 10\.0\.0\.0:6379 /m);
  assert.match(shown, /^0\.0\.0\.0:80 +3\/2 +10 +0$/m);
});
