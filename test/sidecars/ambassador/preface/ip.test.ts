import assert from 'node:assert/strict';
import { isIPv6 } from 'node:net';
import { test } from 'node:test';
import { seeded } from '#harness/random.ts';
import { formatGroups, formatIp, isMapped, parseIp } from '../../../../sidecars/ambassador/preface/ip.ts';

const written: readonly (readonly [text: string, canonical: string])[] = [
  ['10.0.0.1', '10.0.0.1'],
  ['255.255.255.255', '255.255.255.255'],
  ['::', '::'],
  ['::1', '::1'],
  ['1::', '1::'],
  ['2001:DB8::1', '2001:db8::1'],
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
  ['fe80::1%eth0', 'fe80::1'],
  ['::ffff:10.0.0.1', '::ffff:10.0.0.1'],
  ['::ffff:0a00:0001', '::ffff:10.0.0.1'],
  ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
];

for (const [text, canonical] of written) {
  test(`${text} is read, and written as ${canonical}`, () => {
    const bytes = parseIp(text);
    assert.ok(bytes);
    assert.equal(bytes.length, text.includes(':') ? 16 : 4);
    assert.equal(formatIp(bytes), canonical);
  });
}

for (const text of ['', '1.2.3', '1.2.3.4.5', '256.0.0.1', '01.2.3.4', ':::', '1::2::3', 'g::1', 'localhost', '::ffff:1.2.3']) {
  test(`${JSON.stringify(text)} is no address`, () => assert.equal(parseIp(text), undefined));
}

test('a mapped address can be written without dots', () => {
  const bytes = parseIp('::ffff:10.0.0.1') ?? assert.fail();
  assert.equal(isMapped(bytes), true);
  assert.equal(formatGroups(bytes), '::ffff:a00:1');
  assert.equal(isMapped(parseIp('::fffe:10.0.0.1') ?? assert.fail()), false);
});

test('what is written is read as the same bytes, and is the shortest that Node knows too', (t) => {
  const { below, pick } = seeded(t);
  for (let round = 0; round < 2000; round++) {
    const bytes = Uint8Array.from({ length: 16 }, () => pick([0, 0, 0, 0xff, below(256)]));
    const text = formatIp(bytes);
    assert.ok(isIPv6(text), text);
    assert.deepEqual(parseIp(text), bytes, text);
    // The URL standard writes addresses by the same rules, but for mapped ones.
    assert.equal(`[${formatGroups(bytes)}]`, new URL(`http://[${text}]/`).hostname);
  }
});
