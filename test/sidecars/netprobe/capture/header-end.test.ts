import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '#harness/random.ts';
import { headerEnd } from '../../../../sidecars/netprobe/capture/privacy.ts';

const hex = (...parts: readonly string[]) => parts.join('').replaceAll(' ', '');
const ethernet = (type: string) => hex('020000000001 020000000002', type);
const ip4 = (protocol: string, { length = '0000', fragment = '0000', options = '' } = {}) =>
  hex(`4${(5 + options.length / 8).toString(16)}00`, length, '0001', fragment, '40', protocol, '0000 0a000001 0a000002', options);
const ip6 = (next: string, length = '0000') => hex('60000000', length, next, '40', '00'.repeat(15), '01', '00'.repeat(15), '02');
const tcp = (options = '') =>
  hex('0050 c000 00000001 00000002', `${(5 + options.length / 8).toString(16)}0`, '18 ffff 0000 0000', options);
const udp = '0035c000 00100000';
const payload = 'deadbeef'.repeat(8);

/** Headers, and whether what follows them is payload; what it begins with. */
const headers: Readonly<Record<string, readonly [string, 1 | 101]>> = {
  TCP: [hex(ethernet('0800'), ip4('06'), tcp()), 1],
  'TCP with options': [hex(ethernet('0800'), ip4('06'), tcp('0101080a0000000100000002')), 1],
  'UDP behind options of IPv4': [hex(ethernet('0800'), ip4('11', { options: '94040000' }), udp), 1],
  'UDP in a VLAN of a provider': [hex(ethernet('88a8'), '0007 8100 0008 0800', ip4('11'), udp), 1],
  'TCP over IPv6': [hex(ethernet('86dd'), ip6('06'), tcp()), 1],
  'UDP behind four headers of IPv6': [
    hex(
      ethernet('86dd'),
      ip6('00'),
      '3c00 0104 0000 0000',
      '2b00 0104 0000 0000',
      '2c00 0000 0000 0000',
      '1100 0001 0000 0001',
      udp,
    ),
    1,
  ],
  'the first fragment of UDP': [hex(ethernet('0800'), ip4('11', { fragment: '2000' }), udp), 1],
  'another fragment': [hex(ethernet('0800'), ip4('11', { fragment: '2001' })), 1],
  'another fragment of IPv6': [hex(ethernet('86dd'), ip6('2c'), '1100 0008 0000 0001'), 1],
  'an echo': [hex(ethernet('0800'), ip4('01'), '0800 0000 0001 0001'), 1],
  'an echo of IPv6': [hex(ethernet('86dd'), ip6('3a'), '8000 0000 0001 0001'), 1],
  'what could not be reached, with the packet that it was': [
    hex(ethernet('0800'), ip4('01'), '0303 0000 0000 0000', ip4('11'), udp),
    1,
  ],
  'what was too big': [hex(ethernet('86dd'), ip6('3a'), '0200 0000 0000 05dc', ip6('06'), tcp()), 1],
  'TCP over IPv4 in IPv6': [hex(ethernet('86dd'), ip6('04'), ip4('06'), tcp()), 1],
  'TCP over IPv6 in IPv4': [hex(ethernet('0800'), ip4('29'), ip6('06'), tcp()), 1],
  'GRE with a key, and IP in it': [hex(ethernet('0800'), ip4('2f'), '2000 0800 00000001', ip4('06'), tcp()), 1],
  'GRE with Ethernet in it': [hex(ethernet('0800'), ip4('2f'), '0000 6558', ethernet('0800'), ip4('11'), udp), 1],
  'GRE of another version': [hex(ethernet('0800'), ip4('2f'), '0001 0800'), 1],
  ESP: [hex(ethernet('0800'), ip4('32'), '00000001 00000001'), 1],
  'TCP behind an authentication header': [
    hex(ethernet('0800'), ip4('33'), '0604 0000 00000001 00000001', '00'.repeat(12), tcp()),
    1,
  ],
  SCTP: [hex(ethernet('0800'), ip4('84'), '0050c000 00000001 00000000'), 1],
  'a protocol that is not known': [hex(ethernet('0800'), ip4('fd')), 1],
  'a type that is not known': [ethernet('9999'), 1],
  'TCP in a tunnel': [hex(ip4('06'), tcp()), 101],
  'UDP over IPv6 in a tunnel': [hex(ip6('11'), udp), 101],
  'nothing of IP in a tunnel': ['', 101],
  'a length of TCP that makes no sense': [hex(ethernet('0800'), ip4('06')), 1],
};

for (const [name, [header, linkType]] of Object.entries(headers))
  test(`headers end where payload begins: ${name}`, () => {
    const makesNoSense = name.startsWith('a length') ? '0050c000 00000001 00000002 4018ffff'.replaceAll(' ', '') : '';
    // somewhere in memory, with something in front of it, and something behind it
    const bytes = Buffer.from(hex('ffff', header, makesNoSense, payload, '4500'), 'hex');
    const [start, end] = [2, bytes.length - 2];
    assert.equal(headerEnd(bytes, start, end, linkType) - start, header.length / 2);
    // one that is cut off is kept as far as it goes
    for (let cut = start; cut <= start + header.length / 2; cut += 1) {
      const kept = headerEnd(bytes, start, cut, linkType);
      assert.ok(kept >= start && kept <= cut);
    }
  });

test('ARP, neighbours and groups are kept as a whole', () => {
  for (const header of [ethernet('0806'), hex(ethernet('86dd'), ip6('3a'), '8700'), hex(ethernet('86dd'), ip6('3a'), '8f00')]) {
    const bytes = Buffer.from(hex(header, payload), 'hex');
    assert.equal(headerEnd(bytes, 0, bytes.length, 1), bytes.length);
  }
});

test('what fills up a frame behind a packet is no header', () => {
  const bytes = Buffer.from(hex(ethernet('0800'), ip4('06', { length: '0014' }), tcp()), 'hex');
  assert.equal(headerEnd(bytes, 0, bytes.length, 1), 34);
});

test('of cooked frames the type is where it belongs', () => {
  const cooked = hex('0000 0001 0006 000000000000 0000 0800', ip4('06'), tcp());
  const cooked2 = hex('0800 0000 00000001 0001 00 06 0000000000000000', ip4('06'), tcp());
  for (const [header, linkType] of [
    [cooked, 113],
    [cooked2, 276],
  ] as const)
    assert.equal(headerEnd(Buffer.from(hex(header, payload), 'hex'), 0, header.length / 2 + 32, linkType), header.length / 2);
});

test('whatever a frame is, headers end within it', (t) => {
  const random = seeded(t);
  const starts = Object.values(headers);
  for (let round = 0; round < 100_000; round += 1) {
    const [header, linkType] = random.pick(starts);
    const bytes = Buffer.from(hex(header, payload), 'hex');
    for (let changes = random.below(4); changes > 0; changes -= 1) bytes[random.below(bytes.length)] = random.below(256);
    const start = random.below(8);
    const end = start + random.below(bytes.length - start + 1);
    const found = headerEnd(bytes, start, end, linkType);
    assert.ok(found >= start && found <= end, `${bytes.toString('hex')} from ${start} to ${end}: ${found}`);
  }
});
