import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { needs } from '#harness/needs.ts';
import { decodePacket } from '../../../../../sidecars/netprobe/capture/decode/decode-packet.ts';
import { TCP } from '../../../../../sidecars/netprobe/capture/decode/packet.ts';
import { type Frame, linkTypes } from '../../../../../sidecars/netprobe/capture/frame.ts';
import { arp, type Content, eth0, ethernet, ethernetOf, frameOf, icmp, ip4, ip6, other, tcp, udp } from '../frames.ts';
import { tsharkFields } from './tshark.ts';

const segment = tcp({ options: [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2] }, 'hello');

const decoded = (bytes: Uint8Array, more: Partial<Frame> = {}) => decodePacket(frameOf(bytes, more));
const text = (bytes: Uint8Array, more: Partial<Frame> = {}) => {
  const { payloadStart, payloadEnd } = decoded(bytes, more);
  return Buffer.from(bytes.subarray(payloadStart, payloadEnd)).toString('latin1');
};
const onLink = (linkType: number) => ({ interface: { ...eth0, linkType } });

/** A cooked header of Linux (LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2). */
const cooked = ({ etherType, bytes }: Content) =>
  Buffer.concat([Buffer.from('0000000100060242ac1100020000', 'hex'), Buffer.of(etherType >> 8, etherType & 255), bytes]);
const cooked2 = ({ etherType, bytes }: Content) =>
  Buffer.concat([
    Buffer.of(etherType >> 8, etherType & 255),
    Buffer.from('00000000000200010406' + '0242ac1100020000', 'hex'),
    bytes,
  ]);

test('cooked captures and bare IP are taken apart as Ethernet is', needs('tshark'), (t) => {
  const contents = [ip4({}, segment), ip6({}, segment)];
  for (const [linkType, header] of [
    [linkTypes.linuxCooked, cooked],
    [linkTypes.linuxCooked2, cooked2],
    [linkTypes.rawIp, ({ bytes }: Content) => bytes],
  ] as const) {
    const source = linkType === linkTypes.rawIp ? undefined : '02:42:ac:11:00:02';
    const frames = contents.map(header);
    const told = tsharkFields(t, frames, ['sll.src.eth', 'tcp.seq_raw', 'tcp.len'], { linkType });
    for (const [index, bytes] of frames.entries()) {
      const expected = decoded(ethernet({}, contents[index] ?? arp({})));
      const packet = decoded(bytes, onLink(linkType));
      assert.deepEqual([packet.network, packet.transport], [expected.network, expected.transport]);
      assert.equal(packet.link?.source, source);
      assert.equal(text(bytes, onLink(linkType)), 'hello');
      assert.deepEqual(told[index], {
        'sll.src.eth': source === undefined ? [] : [source],
        'tcp.seq_raw': ['1000'],
        'tcp.len': ['5'],
      });
    }
  }
});

test('a link that nobody here knows has a payload and nothing else', () => {
  const packet = decoded(Buffer.from('abc'), onLink(999));
  assert.deepEqual([packet.link, packet.network, packet.cut], [undefined, undefined, undefined]);
  assert.equal(text(Buffer.from('abc'), onLink(999)), 'abc');
});

test('what fills a frame up is no payload', () => {
  const filled = (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(20, '!')]);
  assert.equal(text(filled(ethernetOf({}, segment))), 'hello');
  assert.equal(text(filled(ethernetOf({ source: 'fd00::1' }, segment))), 'hello');
  assert.equal(text(filled(ethernetOf({}, udp({}, 'hello')))), 'hello');
  assert.equal(text(filled(ethernet({}, arp({})))), '');
  assert.equal(text(filled(ethernet({}, { etherType: 5, bytes: Buffer.from('hello') }))), 'hello');
  assert.deepEqual(decoded(ethernet({ vlans: [4, 5] }, { etherType: 5, bytes: Buffer.from('hello') })).link?.vlans, [4, 5]);
});

test('packets that the kernel cuts later have the length that they have', () => {
  const bytes = ethernet({}, ip4({ length: 0 }, segment));
  const { network, transport } = decoded(bytes);
  assert.ok(network?.type === 'ip4' && transport?.type === 'tcp');
  assert.deepEqual([network.length, transport.payload], [0, 5]);
  const cut = decodePacket(frameOf(bytes, { end: bytes.length - 3, length: 70_000 }));
  assert.ok(cut.transport?.type === 'tcp');
  assert.equal(cut.transport.payload, 70_000 - 14 - 20 - 32);
  assert.equal(cut.payloadEnd - cut.payloadStart, 2);

  // RFC 2675: the length is in an option, and 0 where it is said otherwise
  const jumbo = ethernet({}, ip6({ extensions: [{ protocol: 0, bytes: [0, 0, 0xc2, 4, 0, 1, 0, 0] }] }, segment));
  jumbo.writeUInt16BE(0, 14 + 4);
  const { network: six, transport: above } = decodePacket(frameOf(jumbo, { length: 54 + 65_536 }));
  assert.ok(six?.type === 'ip6' && above?.type === 'tcp');
  assert.deepEqual([six.length, above.payload], [65_536, 65_536 - 8 - 32]);
});

test('a later fragment has no header above IP, and the first has it with what it says', () => {
  const later = ethernet({}, ip4({ doNotFragment: false, fragmentOffset: 1480 }, other(17, 'x'.repeat(20))));
  assert.equal(decoded(later).transport, undefined);
  assert.equal(text(later), 'x'.repeat(20));
  const first = { ...udp({}, 'hello'), checksumAt: undefined } as never;
  const { transport } = decoded(ethernet({}, ip4({ doNotFragment: false, moreFragments: true }, first)));
  assert.ok(transport?.type === 'udp');
  assert.equal(transport.payload, 5);
});

test('tunnels and other protocols are what they are, and their content is a payload', () => {
  const inner = ip4({}, segment).bytes;
  for (const protocol of [4, 41, 47, 50, 132, 2]) {
    const bytes = ethernet({}, ip4({}, other(protocol, inner)));
    assert.deepEqual(decoded(bytes).transport, { type: 'other', protocol });
    assert.equal(text(bytes), inner.toString('latin1'));
  }
  assert.deepEqual(decoded(ethernet({}, ip6({}, other(59, '')))).transport, { type: 'other', protocol: 59 });
});

test('a header that is cut is named, and nothing behind it is taken apart', () => {
  const cuts = (bytes: Buffer) => {
    const names = Array.from(
      { length: bytes.length + 1 },
      (_, length) => decoded(bytes.subarray(0, length), { length: bytes.length }).cut,
    );
    return names.filter((name, length) => name !== names[length - 1]).map((name) => name ?? 'whole');
  };
  assert.deepEqual(cuts(ethernetOf({}, segment)), ['ethernet', 'ip', 'tcp', 'whole']);
  assert.deepEqual(cuts(ethernet({ vlans: [1] }, arp({}))), ['ethernet', 'vlan', 'arp', 'whole']);
  assert.deepEqual(cuts(ethernetOf({ source: 'fd00::1' }, udp({}, 'x'))), ['ethernet', 'ip6', 'udp', 'whole']);
  assert.deepEqual(cuts(ethernetOf({}, icmp(8, 0, 'abcd'))), ['ethernet', 'ip', 'icmp', 'whole']);
  const bytes = ethernetOf({}, segment);
  const { transport } = decoded(bytes.subarray(0, 14 + 20 + 24), { length: bytes.length });
  assert.ok(transport?.type === 'tcp');
  assert.deepEqual([transport.destinationPort, transport.flags, transport.payload], [80, TCP.ACK | TCP.PSH, 5]);
  assert.deepEqual(transport.options, [{ name: 'nop' }, { name: 'nop' }]);
});

test('a header that is not valid is named', () => {
  const changed = (bytes: Buffer, at: number, value: number) => {
    bytes[at] = value;
    return decoded(bytes);
  };
  assert.equal(changed(ethernetOf({}, segment), 14, 0x55).cut, 'ip');
  assert.equal(changed(ethernetOf({}, segment), 14, 0x44).cut, 'ip');
  assert.equal(changed(ethernetOf({}, segment), 17, 10).cut, 'ip');
  assert.equal(changed(ethernetOf({}, segment), 14 + 20 + 12, 0x40).cut, 'tcp');
  assert.equal(changed(ethernetOf({}, segment), 14 + 20 + 12, 0xf0).cut, 'tcp');
  assert.equal(changed(ethernetOf({}, udp({}, 'x')), 14 + 20 + 5, 7).cut, 'udp');
  const wrongOption = changed(ethernetOf({}, segment), 14 + 20 + 23, 1);
  assert.equal(wrongOption.cut, 'tcp');
  assert.equal(wrongOption.transport?.type, 'tcp');
});

test('the middle of streams is nothing, on whatever port it is', () => {
  const source = readFileSync(fileURLToPath(import.meta.url));
  // the same at each run: by chance anything can look like anything
  const noise = createHash('shake256', { outputLength: 20_000 }).update('noise').digest();
  const streams = [source, gzipSync(noise), noise, Buffer.from(source.toString('base64')), Buffer.alloc(5000)];
  for (const stream of streams)
    for (let start = 0; start < stream.length - 1448; start += 17)
      for (const port of [80, 443, 5432, 6379, 7777]) {
        const ports = start % 2 === 0 ? { sourcePort: port } : { destinationPort: port };
        const { application } = decoded(ethernetOf({}, tcp(ports, stream.subarray(start, start + 1448))));
        assert.equal(application, undefined, JSON.stringify([port, start, application]));
      }
});
