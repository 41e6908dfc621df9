import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '#harness/random.ts';
import { decodePacket } from '../../../../../sidecars/netprobe/capture/decode/decode-packet.ts';
import type { Application, Packet } from '../../../../../sidecars/netprobe/capture/decode/packet.ts';
import { packetJson } from '../../../../../sidecars/netprobe/capture/view/packet-json.ts';
import { packetLine } from '../../../../../sidecars/netprobe/capture/view/packet-line.ts';
import type { PacketViewOptions } from '../../../../../sidecars/netprobe/capture/view/packet-view.ts';
import { printable } from '../../../../../sidecars/netprobe/capture/view/printable.ts';
import { arp, ethernet, ethernetOf, frameOf, icmp, ip4, ip6, pcapFile, tcp, udp } from '../frames.ts';
import { describedInterface, enhancedPacket, Numbers, section } from '../pcapng/capture-bytes.ts';
import { shownOf } from './shown.ts';

/** Every way to show packets. */
const ways: readonly PacketViewOptions[] = [
  {},
  { verbose: true },
  { quiet: true },
  { linkHeader: true, verbose: true },
  { ascii: true },
  { hex: true, linkHeader: true },
  { json: true },
];

/** Fails where there is anything that a terminal may take for a command, or text that runs the other way. A shown packet has line feeds and tabs of its own alone. */
function assertSafe(shown: string): void {
  assert.doesNotMatch(shown.replaceAll(/[\n\t]/g, ''), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
}

/** Commands for a terminal: a title, colours, one of C1, a bell, text that is turned round. */
const evil = '\u001b]0;owned\u0007\u001b[31m\u009b2J\u202eabc\u0085\u2028\u007f\r\u{e0001}';

test('no packet sends a command to a terminal', () => {
  const bytes = Buffer.from(evil, 'latin1');
  const name = Buffer.concat([Buffer.of(bytes.length), bytes, Buffer.of(0)]);
  const query = Buffer.concat([Buffer.from('123401000001000000000000', 'hex'), name, Buffer.of(0, 1, 0, 1)]);
  const greeting = Buffer.concat([Buffer.from('*2\r\n$4\r\n'), bytes.subarray(0, 4), Buffer.from(`\r\n$3\r\n${evil}\r\n`)]);
  const frames = [
    ...[80, 443, 6379, 5432, 53, 9999].flatMap((port) => [
      ethernetOf({}, tcp({ destinationPort: port }, bytes)),
      ethernetOf({}, tcp({ destinationPort: port }, `GET /${evil} HTTP/1.1\r\nHost: ${evil}\r\n\r\n`)),
      ethernetOf({}, tcp({ sourcePort: port }, `HTTP/1.1 200 ${evil}\r\n\r\n`)),
      ethernetOf({}, tcp({ destinationPort: port }, greeting)),
      ethernetOf({}, udp({ destinationPort: port }, query)),
      ethernetOf({}, udp({ sourcePort: port }, query)),
    ]),
    ethernet({}, { etherType: 0x88b5, bytes }),
  ];
  for (const way of ways) assertSafe(shownOf(pcapFile(frames), way));
});

test('no file sends a command to a terminal by the name of an interface', () => {
  const numbers = new Numbers(true);
  const file = Buffer.concat([
    section(numbers),
    describedInterface(numbers, {}, [2, Buffer.from(evil)]),
    enhancedPacket(numbers, 0, 0n, { bytes: ethernetOf({}, tcp()) }),
  ]);
  for (const way of ways) {
    const shown = shownOf(file, way);
    assertSafe(shown);
    assert.match(shown, /owned/);
  }
});

test('what a decoder leaves as it is does no harm either', () => {
  const applications: readonly Application[] = [
    { type: 'http-request', method: evil, target: evil, version: evil, host: evil },
    { type: 'http-response', version: evil, status: 200, reason: evil },
    { type: 'tls', message: evil, version: evil, serverName: evil, alpn: [evil] },
    { type: 'redis', messages: [evil] },
    { type: 'postgres', messages: [evil] },
  ];
  const frame = frameOf(ethernetOf({}, tcp({}, 'abc')));
  const packet = decodePacket(frame);
  for (const application of applications) {
    const spoiled: Packet = { ...packet, application };
    for (const verbose of [true, false]) assertSafe(packetLine(frame, spoiled, { verbose }));
    assertSafe(packetJson(frame, spoiled));
  }
  const ping = decodePacket(frameOf(ethernetOf({}, icmp(8, 0, '0000'))));
  assert.ok(ping.transport?.type === 'icmp');
  assertSafe(packetLine(frame, { ...ping, transport: { ...ping.transport, words: evil } }, {}));
});

test('text of people is shown as it is, and the rest of it as what it is', () => {
  assert.equal(printable('GET /caf\u00e9/\u65e5\u672c/\u{1f600}?a=b'), 'GET /caf\u00e9/\u65e5\u672c/\u{1f600}?a=b');
  assert.equal(printable('a\u001b[31m\n\u007f\u009b\u202e\ud800'), 'a^[[31m^J^?\\u{9b}\\u{202e}\\u{d800}');
});

test('any frame is shown, whatever is in it and wherever it is cut', (t) => {
  const { below, pick } = seeded(t);
  const whole = [
    ethernetOf({}, tcp({ options: Buffer.from('0101080a0000000a00000014', 'hex') }, 'GET / HTTP/1.1\r\n\r\n')),
    ethernetOf({}, udp({ destinationPort: 53 }, Buffer.from('123401000001000000000000056265647369730000010001', 'hex'))),
    ethernetOf({ source: 'fd00::1' }, tcp({}, 'abc')),
    ethernet({}, ip6({ extensions: [{ protocol: 60, bytes: [0, 0, 1, 4, 0, 0, 0, 0] }] }, udp({}, 'abc'))),
    ethernet({ vlans: [1, 2] }, ip4({ fragmentOffset: 8 }, udp({}, 'abc'))),
    ethernet({}, arp({})),
  ];
  const numbers = new Numbers(true);
  const interfaces = [1, 101, 113, 276, 147].map((linkType) => describedInterface(numbers, { linkType }));
  const packets: Buffer[] = [];
  for (const bytes of whole)
    for (let end = 0; end <= bytes.length; end += 1)
      packets.push(enhancedPacket(numbers, 0, 0n, { bytes: bytes.subarray(0, end), length: bytes.length }));
  for (let i = 0; i < 3000; i += 1) {
    const bytes = Buffer.from(pick(whole));
    for (let j = 0; j <= below(4); j += 1) bytes[below(bytes.length)] = below(256);
    const stamp = (BigInt(below(2 ** 32)) << 32n) | BigInt(below(2 ** 32));
    packets.push(
      enhancedPacket(numbers, below(5), stamp, { bytes: bytes.subarray(0, below(bytes.length + 1)), length: below(2 ** 32) }),
    );
  }
  const file = Buffer.concat([section(numbers), ...interfaces, ...packets]);
  for (const way of ways) {
    const shown = shownOf(file, way);
    assertSafe(shown);
    assert.ok(shown.split('\n').length > packets.length);
  }
});
