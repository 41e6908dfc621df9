import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { decodePacket } from '../../../../../sidecars/netprobe/capture/decode/decode-packet.ts';
import {
  addressBytes,
  ethernet,
  ethernetOf,
  frameOf,
  icmp,
  icmp6,
  ip4,
  ip6,
  other,
  pcapFile,
  type Segment,
  tcp,
  udp,
} from '../frames.ts';

const four = { source: '10.0.0.9', destination: '10.0.0.1' };
const six = { source: 'fd00::9', destination: 'fd00::1' };

/** An ICMP error about a packet that went to 10.0.0.77. */
function about4(kind: number, code: number, segment: Segment, head: ArrayLike<number> = [0, 0, 0, 0]): Buffer {
  const quoted = ip4({ source: '10.0.0.1', destination: '10.0.0.77' }, segment).bytes;
  return ethernetOf(four, icmp(kind, code, Buffer.concat([Buffer.from(head as Uint8Array), quoted])));
}

function about6(kind: number, code: number, segment: Segment, head: ArrayLike<number> = [0, 0, 0, 0]): Buffer {
  const extensions = [{ protocol: 60, bytes: [0, 0, 1, 4, 0, 0, 0, 0] }];
  const quoted = ip6({ source: 'fd00::1', destination: 'fd00::77', extensions }, segment).bytes;
  return ethernetOf(six, icmp6(kind, code, Buffer.concat([Buffer.from(head as Uint8Array), quoted])));
}

const toUdp = udp({ destinationPort: 53 }, 'x');
const toTcp = tcp({ destinationPort: 8443 }, 'x');
const address = addressBytes('fd00::55');

const messages4 = [
  ethernetOf(four, icmp(8, 0, Uint8Array.of(0, 7, 0, 9, 1, 2, 3))),
  ethernetOf(four, icmp(0, 0, Uint8Array.of(0xff, 0xff, 0xff, 0xfe))),
  ...Array.from({ length: 16 }, (_, code) => about4(3, code, toUdp)),
  about4(3, 3, toTcp),
  about4(3, 3, other(132, new Uint8Array(20))),
  about4(3, 4, toTcp, [0, 0, 5, 120]),
  about4(3, 77, toTcp),
  ...Array.from({ length: 4 }, (_, code) => about4(5, code, toUdp, [10, 0, 0, 254])),
  about4(11, 0, toUdp),
  about4(11, 1, toUdp),
  about4(12, 0, toUdp, [20, 0, 0, 0]),
  about4(12, 1, toUdp),
  about4(4, 0, toUdp),
  ethernetOf(four, icmp(10, 0, new Uint8Array(4))),
  ...[30, 90, 4000].map((seconds) =>
    ethernetOf(four, icmp(9, 0, Uint8Array.of(1, 2, seconds >> 8, seconds, 10, 0, 0, 254, 0, 0, 0, 5))),
  ),
  ethernetOf(four, icmp(18, 0, Uint8Array.of(0, 1, 0, 2, 255, 255, 255, 0))),
  ethernetOf(four, icmp(13, 0, Uint8Array.of(0, 1, 0, 2, ...new Uint8Array(12)))),
  ethernetOf(four, icmp(99, 0, new Uint8Array(4))),
];

const messages6 = [
  ethernetOf(six, icmp6(128, 0, Uint8Array.of(0, 7, 0, 9, 1, 2, 3))),
  ethernetOf(six, icmp6(129, 0, Uint8Array.of(0xff, 0xff, 0xff, 0xfe))),
  ...[0, 2, 3, 4].map((code) => about6(1, code, toUdp)),
  about6(1, 4, toTcp),
  about6(2, 0, toTcp, [0, 0, 5, 120]),
  about6(3, 0, toUdp),
  about6(3, 1, toUdp),
  ...[0, 1, 2, 9].map((code) => about6(4, code, toUdp, [0, 0, 0, 40])),
  ethernetOf(six, icmp6(133, 0, new Uint8Array(4))),
  ethernetOf(six, icmp6(134, 0, new Uint8Array(12))),
  ethernetOf(six, icmp6(135, 0, Buffer.concat([Buffer.alloc(4), address, Buffer.of(1, 1, 2, 3, 4, 5, 6, 7)]))),
  ethernetOf(six, icmp6(136, 0, Buffer.concat([Buffer.of(0x60, 0, 0, 0), address]))),
  ethernetOf(six, icmp6(137, 0, Buffer.concat([Buffer.alloc(4), address, addressBytes('fd00::66')]))),
  ethernetOf(six, icmp6(143, 0, Buffer.concat([Buffer.of(0, 0, 0, 1, 4, 0, 0, 0), address]))),
  ethernetOf(six, icmp6(130, 0, Buffer.concat([Buffer.of(0, 100, 0, 0), address, Buffer.of(2, 125, 0, 0)]))),
];

for (const [name, messages, pattern] of [
  ['ICMP', messages4, /: ICMP (.*), length \d+/],
  ['ICMPv6', messages6, /: ICMP6, (.*), length \d+/],
] as const)
  test(`${name} messages are told in the words of tcpdump`, needs('tcpdump'), (t) => {
    const told = tcpdumpLines(t, messages);
    const expected = told.map((line) => pattern.exec(line)?.[1] ?? line);
    const words = messages.map((bytes) => {
      const { transport, cut } = decodePacket(frameOf(bytes));
      assert.equal(cut, undefined);
      return transport !== undefined && 'words' in transport ? transport.words : transport;
    });
    assert.deepEqual(words, expected);
  });

test('listeners of multicast are told as tcpdump does, with a space that it forgets', () => {
  const report = ethernetOf(six, icmp6(131, 0, Buffer.concat([Buffer.of(0, 0, 0, 0), address])));
  assert.equal(words(report), 'multicast listener report max resp delay: 0 addr: fd00::55');
});

test('an error about a packet that was not captured as a whole says what it can', () => {
  const whole = about4(3, 3, toUdp);
  assert.equal(words(whole), '10.0.0.77 udp port 53 unreachable');
  assert.equal(words(whole.subarray(0, 14 + 20 + 8 + 20)), '10.0.0.77 port unreachable');
  assert.equal(words(whole.subarray(0, 14 + 20 + 8)), 'port unreachable');
  assert.equal(words(about4(3, 1, toUdp).subarray(0, 14 + 20 + 8)), 'host unreachable');
  assert.equal(words(about6(1, 4, toUdp).subarray(0, 14 + 40 + 8)), 'destination unreachable, unreachable port');
  assert.equal(decodePacket(frameOf(whole.subarray(0, 14 + 20 + 8))).cut, 'icmp');
});

test('ICMPv6 in IPv4 is another protocol, and so is ICMP in IPv6', () => {
  for (const bytes of [ethernet({}, ip4({}, icmp6(128, 0, 'abcd'))), ethernet({}, ip6({}, icmp(8, 0, 'abcd')))])
    assert.equal(decodePacket(frameOf(bytes)).transport?.type, 'other');
});

function words(bytes: Uint8Array): string | undefined {
  const { transport } = decodePacket(frameOf(bytes));
  return transport !== undefined && 'words' in transport ? transport.words : undefined;
}

function tcpdumpLines(t: TestContext, frames: readonly Uint8Array[]): string[] {
  const file = join(temporaryFolder(t), 'frames.pcap');
  writeFileSync(file, pcapFile(frames));
  return execFileSync('tcpdump', ['-n', '-t', '-r', file], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    .trimEnd()
    .split('\n')
    .filter((line) => line.startsWith('IP'));
}
