import assert from 'node:assert/strict';
import { test } from 'node:test';
import { figures } from '../../../../sidecars/netprobe/page/figures.ts';
import type { PeerStatus, Status } from '../../../../sidecars/netprobe/status.ts';
import { anInterface, aPeer, nothing } from './scene.ts';

const { rate, flowOf, keyOf, peerRates, readAgain, share, percent, states } = figures();

/** A look at some second, with the sockets read at another. */
function looked(at: number, more: Partial<Status>, read?: number) {
  const moment = read === undefined ? null : new Date(read * 1000).toISOString();
  return { at, status: { ...nothing, ...more, sockets: { ...nothing.sockets, read: moment } } };
}

test('a rate is a difference over the time between, and 0 where nobody knows it', () => {
  assert.equal(rate(30, 10, 4), 5);
  assert.equal(rate(30, undefined, 4), 0, 'it was not there before');
  assert.equal(rate(3, 10, 4), 0, 'it began anew');
  assert.equal(rate(30, 10, 0), 0, 'no time went by');
  assert.equal(rate(30, null, 4), 0, 'it was not told before');
  assert.equal(rate(null, 10, 4), null, 'it is not told');
});

test('an interface is found again by its name', () => {
  const before = looked(10, {
    namespace: { orphaned: false, interfaces: [anInterface('eth0', { receivedBytes: 100, sentBytes: 7 })] },
  });
  const eth0 = anInterface('eth0', { receivedBytes: 500, sentBytes: 5 });
  const now = looked(12, { namespace: { orphaned: false, interfaces: [eth0] } });
  assert.deepEqual(flowOf(eth0, now, before), { down: 200, up: 0 });
  assert.deepEqual(flowOf(anInterface('eth1', { receivedBytes: 9 }), now, before), { down: 0, up: 0 });
  assert.deepEqual(flowOf(eth0, now, undefined), { down: 0, up: 0 });
});

test('the rates of a peer are those between two readings, however often one looks', () => {
  const peers = (more: Partial<PeerStatus>) => [aPeer('a', { port: 1 }), aPeer('a', more)];
  const before = looked(10.9, { peers: peers({ opened: 5, sentBytes: 1000, receivedBytes: 10, retransmittedBytes: null }) }, 10);
  const later = aPeer('a', { opened: 15, sentBytes: 6000, receivedBytes: 5, retransmittedBytes: null });
  const now = looked(15.1, { peers: [later] }, 15);
  assert.deepEqual(peerRates(later, now, before), { opened: 2, down: 0, up: 1000, again: null });
  assert.deepEqual(peerRates(later, now, undefined), { opened: 0, down: 0, up: 0, again: null });
  assert.deepEqual([readAgain(now, before), readAgain(before, before)], [true, false]);
  const keys = [aPeer('a'), aPeer('a', { port: 1 }), aPeer('b'), aPeer('a', { direction: 'out' })].map(keyOf);
  assert.equal(new Set(keys).size, 4);
});

test('shares', () => {
  assert.deepEqual([share(1, 4), share(9, 4), share(0, 4), share(1, 0), share(null, 4)], [0.25, 1, 0, null, null]);
  assert.deepEqual([0, 0.00034, 0.004, 0.0112, 0.0996, 0.5, 1].map(percent), [
    '0 %',
    '0.03 %',
    '0.4 %',
    '1.1 %',
    '10 %',
    '50 %',
    '100 %',
  ]);
});

test('states are in the order of a connection’s life; what is none is left out', () => {
  const told = states({ 'TIME-WAIT': 3, LISTEN: 2, ESTAB: 1, 'SYN-SENT': 4, 'LAST-ACK': 0, NEW: 1 });
  assert.deepEqual(told, [
    ['SYN-SENT', 4],
    ['ESTAB', 1],
    ['TIME-WAIT', 3],
    ['NEW', 1],
  ]);
});
