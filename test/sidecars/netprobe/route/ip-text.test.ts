import assert from 'node:assert/strict';
import { SocketAddress } from 'node:net';
import { test } from 'node:test';
import { seeded } from '#harness/random.ts';
import { ip6Text, ipText } from '../../../../sidecars/netprobe/route/ip-text.ts';

test('addresses are written as node:net does, whatever zeros are in them', (t) => {
  const random = seeded(t);
  const bytes = Buffer.alloc(20);
  for (let round = 0; round < 100_000; round += 1) {
    const zeros = random.next();
    for (let group = 0; group < 8; group += 1)
      bytes.writeUInt16BE(
        random.next() < zeros ? 0 : random.pick([1, 0xffff, random.below(256), random.below(65_536)]),
        2 + 2 * group,
      );
    // libuv takes the last group of ::5 for an IPv4 address, as no inet_ntop(3) does
    if (bytes.subarray(2, 16).every((byte) => byte === 0)) continue;
    const groups = Array.from({ length: 8 }, (_, group) => bytes.readUInt16BE(2 + 2 * group).toString(16));
    const { address } = new SocketAddress({ family: 'ipv6', address: groups.join(':') });
    assert.equal(ip6Text(bytes, 2), address);
    assert.equal(ipText(bytes.subarray(2, 18)), address);
  }
});

test('addresses of either length are written, and others are nothing', () => {
  assert.equal(ipText(Uint8Array.of(10, 0, 0, 1)), '10.0.0.1');
  assert.equal(ipText(new Uint8Array(16)), '::');
  assert.equal(ipText(Uint8Array.from({ length: 16 }, (_, at) => (at === 15 ? 5 : 0))), '::5');
  assert.equal(ipText(Uint8Array.from({ length: 16 }, (_, at) => (at < 10 ? 0 : at < 12 ? 0xff : at))), '::ffff:12.13.14.15');
  assert.equal(ipText(new Uint8Array(5)), '');
});
