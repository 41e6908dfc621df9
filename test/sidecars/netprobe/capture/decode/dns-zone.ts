import { addressBytes } from '../frames.ts';

/** A record as it is on the wire, its name a pointer to that of the question. */
export interface WireRecord {
  readonly type: number;
  readonly data: Buffer;
}

/** A name of DNS in labels, as it is on the wire. */
export function labels(...texts: readonly string[]): Buffer {
  const all = texts.map((text) => Buffer.concat([Buffer.of(Buffer.byteLength(text, 'latin1')), Buffer.from(text, 'latin1')]));
  return Buffer.concat([...all, Buffer.of(0)]);
}

const name = labels('host', 'example');
const text = (value: string) => Buffer.concat([Buffer.of(value.length), Buffer.from(value, 'latin1')]);
const record = (type: number, ...parts: readonly (Uint8Array | readonly number[])[]): WireRecord => ({
  type,
  data: Buffer.concat(parts.map((part) => Buffer.from(part as Uint8Array))),
});
const filled = (length: number) => Buffer.from(Uint8Array.from({ length }, (_, at) => (7 * at) & 0xff));

/** A record of each type that has a form of its own, and some with what is seldom in them. */
export const wireRecords: readonly WireRecord[] = [
  record(1, [10, 0, 0, 1]),
  record(2, name),
  record(2, labels()),
  record(2, [0xc0, 12]),
  record(2, labels('a.b', 'c"d;e(f)', '\\$@ \u0007\u00ff')),
  record(5, [1, 0x77, 0xc0, 12]),
  record(6, name, labels('root', 'example'), [0x78, 1, 2, 3, 0, 0, 14, 16, 0, 0, 2, 88, 0, 9, 58, 128, 0, 0, 0, 60]),
  record(12, name),
  record(13, text('VAX 11'), text('UNIX')),
  record(14, name, labels('two')),
  record(15, [0, 10], name),
  record(16, text('v=spf1 -all')),
  record(16, text('a "quoted" \\ one'), text(''), text('\u00e9\u0001;')),
  record(17, name, labels('two')),
  record(18, [0, 1], name),
  record(28, addressBytes('fd00::1')),
  record(28, addressBytes('::ffff:10.0.0.1')),
  record(33, [0, 1, 0, 2, 0x1f, 0x90], name),
  record(35, [0, 100, 0, 50], text('s'), text('SIP+D2U'), text('!^.*$!sip:a@b!'), labels()),
  record(36, [0, 1], name),
  record(37, [0, 1, 0x30, 0x39, 8], filled(20)),
  record(39, name),
  record(43, [0x30, 0x39, 13, 2], filled(32)),
  record(44, [4, 2], filled(32)),
  record(46, [0, 1, 13, 2, 0, 0, 14, 16, 0x66, 0, 0, 0, 0x65, 0, 0, 0, 0x30, 0x39], name, filled(64)),
  record(47, name, [0, 6, 0x40, 1, 0, 0, 0, 3, 1, 1, 0x40]),
  record(48, [1, 1, 3, 13], filled(64)),
  record(50, [1, 1, 0, 10, 2, 0xab, 0xcd, 20], filled(20), [0, 2, 0x62, 1]),
  record(51, [1, 0, 0, 0, 0]),
  record(52, [3, 1, 1], filled(32)),
  record(53, [3, 0, 1], filled(32)),
  record(59, [0x30, 0x39, 13, 2], filled(32)),
  record(60, [1, 0, 3, 13], filled(64)),
  record(61, filled(30)),
  record(63, [0, 0, 0, 5, 1, 1], filled(48)),
  record(64, [0, 0], labels('alias')),
  record(65, [0, 1], labels(), [0, 1, 0, 6], text('h3'), text('h2'), [0, 3, 0, 2, 1, 0xbb, 0, 4, 0, 8, 10, 0, 0, 1, 10, 0, 0, 2]),
  record(
    65,
    [0, 1],
    labels(),
    [0, 0, 0, 2, 0, 4, 0, 1, 0, 3],
    text('h3'),
    [0, 2, 0, 0, 0, 4, 0, 4, 10, 0, 0, 1, 0, 5, 0, 3, 1, 2, 3, 0, 6, 0, 16],
    addressBytes('fd00::1'),
  ),
  record(99, text('v=spf1')),
  record(108, [0, 0x1b, 0x21, 1, 2, 0xab]),
  record(109, [0, 0x1b, 0x21, 0xff, 0xfe, 1, 2, 0xab]),
  record(256, [0, 10, 0, 1], Buffer.from('https://example/"x"')),
  record(257, [0], text('issue'), Buffer.from('ca.example')),
  record(257, [128], text('iodef'), Buffer.from('mailto:a@example')),
  record(65_280, [1, 2, 3]),
  record(65_281),
];

/** A question, and its answer with these records. */
export function wireAnswer(query: Buffer, records: readonly WireRecord[]): Buffer {
  let end = 12;
  while ((query[end] ?? 0) !== 0) end += 1 + (query[end] ?? 0);
  const header = Buffer.from(query.subarray(0, 12));
  header.writeUInt16BE(0x8580, 2);
  header.writeUInt16BE(records.length, 6);
  header.writeUInt16BE(0, 8);
  header.writeUInt16BE(0, 10);
  const written = records.map(({ type, data }) => {
    const head = Buffer.from([0xc0, 12, type >> 8, type & 0xff, 0, 1, 0, 0, 14, 16, data.length >> 8, data.length & 0xff]);
    return Buffer.concat([head, data]);
  });
  return Buffer.concat([header, query.subarray(12, end + 5), ...written]);
}
