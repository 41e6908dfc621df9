import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FrameReader } from '../../../../../sidecars/netprobe/capture/pcapng/frame-reader.ts';
import { describedInterface, enhancedPacket, Numbers, pcapFile, section } from './capture-bytes.ts';
import { inPieces, readCapture } from './told.ts';

const little = new Numbers(true);
const text = (words: string) => Buffer.from(words);
const packets = [{ bytes: Buffer.alloc(60) }];

describe('a file that is wrong', () => {
  const beginning = Buffer.concat([section(little), describedInterface(little)]);
  const packet = enhancedPacket(little, 0, 0n, { bytes: Buffer.alloc(60) });
  const changed = (bytes: Buffer, at: number, value: number) => {
    const copy = Buffer.from(bytes);
    copy.writeUInt32LE(value, at);
    return copy;
  };
  for (const [what, bytes, message] of [
    ['nothing', Buffer.alloc(0), /^the file ends: it is empty$/],
    ['three bytes', Buffer.from('abc'), /^the file ends: it is no capture file$/],
    ['text', Buffer.from('hello, world'), /^the file begins with 68656c6c: it is neither pcapng nor pcap/],
    ['pcap of another version', changed(pcapFile([]), 4, 3), /the file says it is pcap of version 3, and 2 is known/],
    ['a long packet of pcap', changed(pcapFile(packets), 32, 0x7fff_ffff), /^at byte 24 a packet says that 2147483647 bytes/],
    ['another order', changed(section(little), 8, 0x1234_5678), /^a section does not tell its byte order$/],
    ['another version', changed(section(little), 12, 2), /^a section says that it is pcapng of version 2, and 1 is known$/],
    [
      'a short block',
      Buffer.concat([beginning, packet, changed(packet, 4, 16)]),
      /^at byte 140 a block of type 6 says that it is 16 bytes long, which it cannot be; all packets before/,
    ],
    ['half a word', Buffer.concat([beginning, changed(packet, 4, 93)]), /which it cannot be/],
    ['no block', Buffer.concat([beginning, Buffer.alloc(12)]), /a block of type 0 says that it is 0 bytes long/],
    [
      'a huge block',
      Buffer.concat([beginning, changed(packet, 4, 0x7fff_fffc)]),
      /says that it is 2147483644 bytes long, and no packet is/,
    ],
    [
      'two lengths',
      Buffer.concat([beginning, changed(packet, packet.length - 4, 96)]),
      /92 bytes long, and at its end that it is 96/,
    ],
    ['a long packet', Buffer.concat([beginning, changed(packet, 20, 61)]), /a packet says that 61 bytes of it were captured/],
    ['no interface', Buffer.concat([section(little), packet]), /about interface 0, which is not described before it/],
    ['another interface', Buffer.concat([beginning, changed(packet, 8, 1)]), /about interface 1, which is not/],
    [
      'a long option',
      Buffer.concat([section(little), changed(describedInterface(little, {}, [2, text('eth0')]), 16, 0x00ff_0002)]),
      /a block has an option of 255 bytes, and no room for it/,
    ],
  ] as const)
    test(`says so: ${what}`, () => {
      for (const pieces of [[bytes], inPieces(bytes, 7)]) {
        const { error } = readCapture(pieces);
        assert.match(String(error?.message), message);
      }
    });

  test('does not have memory taken that it says and does not have', () => {
    const before = process.memoryUsage().arrayBuffers;
    for (const lie of [changed(packet, 4, 2 ** 24), changed(packet, 0, 0x0bad)])
      for (let i = 0; i < 20; i += 1) {
        const reader = new FrameReader({ frame: () => assert.fail('there is none') });
        reader.push(beginning);
        reader.push(lie.subarray(0, 40));
      }
    assert.ok(process.memoryUsage().arrayBuffers - before < 2 ** 22);
  });
});
