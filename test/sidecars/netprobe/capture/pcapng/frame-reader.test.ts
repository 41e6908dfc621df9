import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FrameReader } from '../../../../../sidecars/netprobe/capture/pcapng/frame-reader.ts';
import { block, describedInterface, enhancedPacket, Numbers, options, pcapFile, section } from './capture-bytes.ts';
import { inPieces, readCapture } from './told.ts';

const little = new Numbers(true);
const big = new Numbers(false);

/** Packets of all lengths that padding knows, and an empty one. */
const packets = [60, 61, 62, 63, 0, 1514].map((length, index) => ({
  bytes: Buffer.alloc(length, index + 1),
  length: length + index,
  seconds: 1_795_801_628 + index,
  fraction: 999_999 - index,
}));

const text = (words: string) => Buffer.from(words);
const told = (interfaceName: string, perFraction: number) =>
  packets.map(({ bytes, length, seconds, fraction }) => ({
    hex: bytes.toString('hex'),
    length,
    seconds,
    nanoseconds: fraction * perFraction,
    interface: interfaceName,
    direction: undefined as string | undefined,
  }));

describe('a classic file', () => {
  for (const numbers of [little, big])
    for (const [magic, perFraction] of [
      [0xa1b2c3d4, 1000],
      [0xa1b23c4d, 1],
      [0xa1b2cd34, 1000],
    ] as const)
      test(`is read: magic ${magic.toString(16)}, ${numbers.isLittle ? 'little' : 'big'} endian`, () => {
        const { error, ...read } = readCapture([pcapFile(packets, { numbers, magic, linkType: 101 })]);
        assert.equal(error, undefined);
        // the modified one tells the way of a packet
        const direction = magic === 0xa1b2cd34 ? 'out' : undefined;
        assert.deepEqual(
          read.packets,
          told('', perFraction).map((packet) => ({ ...packet, direction })),
        );
        assert.deepEqual(read.interfaces, [{ id: 0, name: '', linkType: 101 }]);
      });

  test('of cooked packets tells which way they went', () => {
    const cooked = (type: number) => ({ bytes: Buffer.concat([big.short(type), Buffer.alloc(14)]) });
    const read = readCapture([pcapFile([cooked(0), cooked(4)], { linkType: 113 })]);
    assert.deepEqual(
      read.packets.map(({ direction }) => direction),
      ['in', 'out'],
    );
  });
});

/** A file of two interfaces with names and other clocks, with all that may be between packets. */
function pcapng(numbers: Numbers): Buffer {
  const { seconds = 0, fraction = 0 } = packets[0] ?? {};
  const stamp = (index: number, units: bigint) => {
    const packet = packets[index] ?? { seconds, fraction };
    return BigInt(packet.seconds) * units + (BigInt(packet.fraction) * units) / 1_000_000n;
  };
  const at = (index: number, id: number, units: bigint) => {
    const packet = packets[index];
    assert.ok(packet);
    return enhancedPacket(numbers, id, stamp(index, units), packet);
  };
  return Buffer.concat([
    section(numbers, [1, text('of a test')], [4, text('no program')], [1, text('twice')]),
    describedInterface(numbers, {}, [2, text('eth0')]),
    at(0, 0, 1_000_000n),
    // names, a custom block, and one that nobody knows: passed over
    block(numbers, 4, numbers.short(0, 0)),
    describedInterface(numbers, {}, [2, text('eth0')], [9, Buffer.of(9)]),
    block(numbers, 0x0000_0bad, numbers.word(1), Buffer.alloc(400)),
    at(1, 1, 1_000_000_000n),
    at(2, 0, 1_000_000n),
    block(numbers, 0x4000_0000),
    at(3, 1, 1_000_000_000n),
    at(4, 1, 1_000_000_000n),
    block(
      numbers,
      5,
      numbers.word(1, 0, 0),
      options(numbers, [4, numbers.long(12n)], [5, numbers.long(3n)], [7, numbers.long(1n)]),
    ),
    at(5, 0, 1_000_000n),
  ]);
}

describe('pcapng', () => {
  for (const numbers of [little, big])
    test(`is read: ${numbers.isLittle ? 'little' : 'big'} endian`, () => {
      const { error, ...read } = readCapture([pcapng(numbers)]);
      assert.equal(error, undefined);
      assert.deepEqual(read.packets, told('eth0', 1000));
      assert.deepEqual(
        read.interfaces.map(({ id, name }) => [id, name]),
        [
          [0, 'eth0'],
          [1, 'eth0'],
        ],
      );
      assert.deepEqual(read.comments, ['of a test', 'twice']);
      assert.deepEqual(read.statistics, [{ interface: read.interfaces[1], received: 12, dropped: 3 }]);
    });

  test('of several sections, in other byte orders, is one', () => {
    const read = readCapture([Buffer.concat([pcapng(little), pcapng(big), pcapng(little)])]);
    assert.equal(read.error, undefined);
    assert.deepEqual(read.packets, [...told('eth0', 1000), ...told('eth0', 1000), ...told('eth0', 1000)]);
    assert.equal(read.interfaces.length, 2, 'the same interfaces are met again');
  });

  for (const [resolution, stamp, seconds, nanoseconds] of [
    [0, 1_795_801_628n, 1_795_801_628, 0],
    [3, 1_795_801_628_123n, 1_795_801_628, 123_000_000],
    [6, 1_795_801_628_123_456n, 1_795_801_628, 123_456_000],
    [9, 1_795_801_628_999_999_999n, 1_795_801_628, 999_999_999],
    [9, 0xffff_ffff_ffff_ffffn, 18_446_744_073, 709_551_615],
    [9, 0n, 0, 0],
    [12, 17_958_016_281_234_567_891n, 17_958_016, 281_234_567],
    [0x80 | 10, (1_795_801_628n << 10n) | 512n, 1_795_801_628, 500_000_000],
    [0x80 | 30, (1_795_801_628n << 30n) | (1n << 29n), 1_795_801_628, 500_000_000],
    [0xff, 0xffff_ffff_ffff_ffffn, 0, 0],
  ] as const)
    test(`has time stamps of resolution ${resolution}: ${stamp}`, () => {
      const file = Buffer.concat([
        section(little),
        describedInterface(little, {}, [9, Buffer.of(resolution)]),
        enhancedPacket(little, 0, stamp, { bytes: Buffer.alloc(4) }),
      ]);
      const [packet] = readCapture([file]).packets;
      assert.deepEqual([packet?.seconds, packet?.nanoseconds], [seconds, nanoseconds]);
    });

  test('has clocks that are set forward and back', () => {
    for (const numbers of [little, big]) {
      const file = Buffer.concat([
        section(numbers),
        describedInterface(numbers, {}, [14, numbers.long(-3600n)]),
        describedInterface(numbers, {}, [14, numbers.long(1_795_801_628n)], [9, Buffer.of(9)]),
        enhancedPacket(numbers, 0, 7_200_000_001n, { bytes: Buffer.alloc(4) }),
        enhancedPacket(numbers, 1, 1_000_000_001n, { bytes: Buffer.alloc(4) }),
      ]);
      const { packets: read } = readCapture([file]);
      assert.deepEqual(
        read.map(({ seconds, nanoseconds }) => [seconds, nanoseconds]),
        [
          [3600, 1000],
          [1_795_801_629, 1],
        ],
      );
    }
  });

  test('tells which way packets went', () => {
    const flagged = (flags: number) =>
      enhancedPacket(little, 0, 0n, { bytes: Buffer.alloc(5) }, [1, text('odd')], [2, little.word(flags)]);
    const file = Buffer.concat([section(little), describedInterface(little), flagged(1), flagged(2), flagged(0x1fc)]);
    assert.deepEqual(
      readCapture([file]).packets.map(({ direction }) => direction),
      ['in', 'out', undefined],
    );
  });

  test('has simple packets, and those of old', () => {
    const file = Buffer.concat([
      section(little),
      describedInterface(little, { snapLength: 6 }),
      // longer than what is kept, and shorter, with padding
      block(little, 3, little.word(100), Buffer.alloc(6, 1)),
      block(little, 3, little.word(5), Buffer.alloc(5, 2)),
      block(
        little,
        2,
        little.short(0, 7),
        little.word(0, 1_000_001, 3, 9),
        Buffer.alloc(4, 3),
        options(little, [2, little.word(2)]),
      ),
    ]);
    const { packets: read, error } = readCapture([file]);
    assert.equal(error, undefined);
    assert.deepEqual(
      read.map(({ hex, length, nanoseconds, direction }) => [hex, length, nanoseconds, direction]),
      [
        ['010101010101', 100, 0, undefined],
        ['0202020202', 5, 0, undefined],
        ['030303', 9, 1000, 'out'],
      ],
    );
  });
});

const files = { 'a classic file': pcapFile(packets), pcapng: Buffer.concat([pcapng(little), pcapng(big)]) };
for (const [name, file] of Object.entries(files)) {
  test(`${name} may come in pieces of any size`, () => {
    const whole = readCapture([file]);
    for (let size = 1; size <= file.length; size += size < 130 ? 1 : 97)
      assert.deepEqual(readCapture(inPieces(file, size)), whole, `${size}`);
  });

  test(`${name} that is cut anywhere tells all packets before, and that it was cut`, () => {
    const whole = readCapture([file]);
    let before = -1;
    for (let end = 0; end < file.length; end += 1) {
      for (const pieces of [[file.subarray(0, end)], inPieces(file.subarray(0, end), 50)]) {
        const { packets: read, error } = readCapture(pieces);
        assert.deepEqual(read, whole.packets.slice(0, read.length));
        assert.ok(read.length >= before, `no packet is lost at ${end}`);
        before = read.length;
        if (error !== undefined) assert.match(error.message, /^(at byte \d+ )?the file ends/);
      }
    }
    assert.equal(before, whole.packets.length - 1);
  });
}

test('a packet within a piece is not copied', () => {
  const file = pcapng(little);
  let copies = 0;
  const reader = new FrameReader({
    frame: ({ bytes }) => {
      if (bytes !== file) copies += 1;
    },
  });
  reader.push(file);
  reader.end();
  assert.equal(copies, 0);
});
