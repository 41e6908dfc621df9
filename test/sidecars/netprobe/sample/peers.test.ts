// The busiest peers have series of their own; whatever moves between them and `other`, nothing is counted twice, and nothing falls.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '#harness/random.ts';
import type { Peer } from '../../../../sidecars/netprobe/sample/peer.ts';
import { PeerNames, peerGroups } from '../../../../sidecars/netprobe/sample/peer-groups.ts';
import { Peers } from '../../../../sidecars/netprobe/sample/peers.ts';
import { socket } from './records.ts';

/** Counts bytes of a peer. */
function count(peers: Peers, address: string, sent: number): void {
  const peer = peers.at(peers.numberOf('out', socket({ cookie: 1, peer: address })));
  peer.sent += sent;
  peer.recent += sent;
}

const sum = (shown: readonly Peer[]) => shown.reduce((all, { sent }) => all + sent, 0);

test('one that becomes busy takes the place of one that was not; both totals are kept', () => {
  const peers = new Peers(new PeerNames([]), 2);
  count(peers, '10.0.0.1', 100);
  count(peers, '10.0.0.2', 50);
  count(peers, '10.0.0.3', 30);
  peers.settle();
  assert.deepEqual(
    peers.shown.map(({ name, sent }) => [name, sent]),
    [
      ['10.0.0.1', 100],
      ['10.0.0.2', 50],
      ['other', 30],
    ],
  );
  count(peers, '10.0.0.3', 1000);
  peers.settle();
  // its own series begins where it got it; what was before stays with the others
  assert.deepEqual(
    peers.shown.map(({ name, sent }) => [name, sent]),
    [
      ['10.0.0.3', 0],
      ['10.0.0.1', 100],
      ['other', 1080],
    ],
  );
  count(peers, '10.0.0.3', 7);
  assert.deepEqual(
    peers.shown.map(({ name, sent }) => [name, sent]),
    [
      ['10.0.0.3', 7],
      ['10.0.0.1', 100],
      ['other', 1080],
    ],
  );
});

test('one as busy as another does not push it out', () => {
  const peers = new Peers(new PeerNames([]), 1);
  count(peers, '10.0.0.1', 100);
  peers.settle();
  for (let round = 0; round < 10; round += 1) {
    count(peers, '10.0.0.1', 100);
    count(peers, '10.0.0.2', 150);
    peers.settle();
    assert.equal(peers.shown[0]?.name, '10.0.0.1');
  }
});

test('ten thousand peers: as many series as there may be, and the sum is right', (t) => {
  const { below } = seeded(t);
  const peers = new Peers(new PeerNames([]), 50);
  let total = 0;
  let other = 0;
  for (let round = 0; round < 20; round += 1) {
    for (let index = 0; index < 10_000; index += 1) {
      const sent = below(100) ** 2;
      total += sent;
      count(peers, `10.1.${index >> 8}.${index & 255}`, sent);
    }
    peers.settle();
    const { shown } = peers;
    assert.ok(shown.length <= 51);
    assert.equal(sum(shown), total);
    const now = shown.find(({ name }) => name === 'other')?.sent ?? 0;
    assert.ok(now >= other, 'other fell');
    other = now;
  }
});

test('one that is silent for long is forgotten, and what it counted is not', () => {
  const peers = new Peers(new PeerNames([]), 1);
  count(peers, '10.0.0.1', 1_000_000);
  count(peers, '10.0.0.2', 10);
  for (let round = 0; round < 30; round += 1) peers.settle();
  count(peers, '10.0.0.2', 5);
  assert.deepEqual(
    peers.shown.map(({ name, sent }) => [name, sent]),
    [
      ['10.0.0.1', 1_000_000],
      ['other', 15],
    ],
  );
});

test('groups by address, network and name; the first that fits counts', async () => {
  const groups = peerGroups.parse('db=10.0.3.7+10.0.4.0/24,inside=10.0.0.0/8,six=fd00::/8,localhost');
  const names = new PeerNames(groups);
  const found = ['10.0.3.7', '10.0.4.200', '10.0.5.1', '192.0.2.1', 'fd00::5', '2001:db8::1'].map((address) =>
    names.groupOf(address),
  );
  assert.deepEqual(found, ['db', 'db', 'inside', undefined, 'six', undefined]);
  const ending = new AbortController();
  await new Promise<void>((resolve) => names.resolve(ending.signal, resolve));
  assert.equal(names.groupOf('127.0.0.1'), 'localhost');
  ending.abort();
  assert.equal(peerGroups.format(groups), 'db=10.0.3.7+10.0.4.0/24,inside=10.0.0.0/8,six=fd00::/8,localhost');
});

for (const [text, problem] of [
  ['db=10.0.0.300', /10\.0\.0\.300", which is no address/],
  ['db=10.0.0.0/33', /which is no address, network or host name/],
  ['=10.0.0.1', /needs a name/],
  ['other=10.0.0.1', /not other/],
  ['a=b c', /which is no address/],
] as const)
  test(`${text} is refused`, () => assert.throws(() => peerGroups.parse(text), problem));

test('a named group keeps its series, however silent it is', () => {
  const peers = new Peers(new PeerNames(peerGroups.parse('quiet=10.0.0.1')), 1);
  count(peers, '10.0.0.1', 1);
  for (let round = 0; round < 5; round += 1) {
    count(peers, '10.0.0.2', 1_000_000);
    peers.settle();
  }
  assert.deepEqual(
    peers.shown.map(({ name }) => name),
    ['quiet', 'other'],
  );
});

test('a named group has its series from the first byte on, whoever was there before', () => {
  const peers = new Peers(new PeerNames(peerGroups.parse('late=10.9.0.0/16')), 2);
  for (let index = 0; index < 100; index += 1) count(peers, `10.0.0.${index}`, 1000);
  count(peers, '10.9.0.1', 7);
  const late = () => peers.shown.find(({ name }) => name === 'late')?.sent;
  assert.equal(late(), 7);
  peers.settle();
  count(peers, '10.9.0.2', 1);
  assert.deepEqual([late(), peers.shown.length], [8, 3]);
});
