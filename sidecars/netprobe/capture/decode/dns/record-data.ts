import { ip6Text } from '../../../route/ip-text.ts';
import { RdataReader } from './rdata-reader.ts';
import { serviceParameters } from './service-parameters.ts';
import { quoted } from './texts.ts';
import { dnsType } from './words.ts';

type Form = (reader: RdataReader) => string;

const name: Form = (r) => r.name();
const numberAndName: Form = (r) => `${r.short()} ${r.name()}`;
const twoNames: Form = (r) => `${r.name()} ${r.name()}`;
const key: Form = (r) => `${r.short()} ${r.byte()} ${r.byte()} ${r.base64()}`;
const digest: Form = (r) => `${r.short()} ${r.byte()} ${r.byte()} ${r.hex()}`;
const certificate: Form = (r) => `${r.byte()} ${r.byte()} ${r.byte()} ${r.hex()}`;
const service: Form = (r) => [r.short(), r.name(), ...serviceParameters(r)].join(' ');
const dashed: Form = (r) =>
  r
    .hex()
    .toLowerCase()
    .replace(/..(?=.)/g, '$&-');

const strings: Form = (r) => {
  const texts: string[] = [];
  while (r.left > 0) texts.push(r.string());
  return texts.join(' ');
};

const signature: Form = (r) => {
  const head = `${dnsType(r.short())} ${r.byte()} ${r.byte()} ${r.long()}`;
  return `${head} ${moment(r.long())} ${moment(r.long())} ${r.short()} ${r.name()} ${r.base64()}`;
};

const hashing: Form = (r) => `${r.byte()} ${r.byte()} ${r.short()} ${r.hex(r.byte()) || '-'}`;

/** How what a record holds is written, by its type. */
const forms: Readonly<Record<number, Form>> = {
  1: (r) => r.take(4).join('.'),
  2: name,
  5: name,
  6: (r) => `${r.name()} ${r.name()} ${r.long()} ${r.long()} ${r.long()} ${r.long()} ${r.long()}`,
  7: name,
  8: name,
  9: name,
  12: name,
  13: (r) => `${r.string()} ${r.string()}`,
  14: twoNames,
  15: numberAndName,
  16: strings,
  17: twoNames,
  18: numberAndName,
  28: (r) => {
    const address = r.take(16);
    return address.length === 16 ? ip6Text(address, 0) : '';
  },
  33: (r) => `${r.short()} ${r.short()} ${r.short()} ${r.name()}`,
  35: (r) => `${r.short()} ${r.short()} ${r.string()} ${r.string()} ${r.string()} ${r.name()}`,
  36: numberAndName,
  37: (r) => `${r.short()} ${r.short()} ${r.byte()} ${r.base64()}`,
  39: name,
  43: digest,
  44: (r) => `${r.byte()} ${r.byte()} ${r.hex()}`,
  46: signature,
  47: (r) => `${r.name()}${typeList(r)}`,
  48: key,
  50: (r) => `${hashing(r)} ${base32(r.take(r.byte()))}${typeList(r)}`,
  51: hashing,
  52: certificate,
  53: certificate,
  59: digest,
  60: key,
  61: (r) => r.base64(),
  63: (r) => `${r.long()} ${r.byte()} ${r.byte()} ${r.hex()}`,
  64: service,
  65: service,
  99: strings,
  108: dashed,
  109: dashed,
  256: (r) => `${r.short()} ${r.short()} ${quoted(r.take(r.left))}`,
  257: (r) =>
    `${r.byte()} ${Buffer.from(r.take(r.byte()))
      .toString('latin1')
      .replace(/[^A-Za-z0-9]/g, '?')} ${quoted(r.take(r.left))}`,
};

/**
 * What a record holds, as a zone file has it.
 * @param message where the message begins and ends.
 * @returns that of RFC 3597 where the type has no form of its own, or the bytes are not of that form.
 */
export function recordData(
  bytes: Uint8Array,
  type: number,
  start: number,
  end: number,
  message: readonly [number, number],
): string {
  const reader = new RdataReader(bytes, start, end, message);
  const text = forms[type]?.(reader);
  if (text !== undefined && reader.isWhole && reader.left === 0) return text;
  const hex = Buffer.from(bytes.subarray(start, end)).toString('hex').toUpperCase();
  return `\\# ${end - start}${hex === '' ? '' : ` ${hex}`}`;
}

/** Seconds since 1970 as `20261127174000`, in UTC (RFC 4034, section 3.2). */
function moment(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(/\..*|\D/g, '');
}

/** The types that a name has (RFC 4034, section 4.1.2), each with a space before it: in windows of 256, which are in their order. */
function typeList(reader: RdataReader): string {
  let text = '';
  for (let last = -1; reader.left > 0; ) {
    const window = reader.byte();
    const bits = reader.take(reader.byte());
    if (window <= last || bits.length > 32) {
      reader.isWhole = false;
      return '';
    }
    last = window;
    for (let bit = 0; bit < bits.length * 8; bit += 1)
      if (((bits[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0) text += ` ${dnsType(window * 256 + bit)}`;
  }
  return text;
}

/** With the letters of RFC 4648, section 7, and nothing to fill it up. */
function base32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ((held >> bits) & 31).toString(32);
    }
  }
  if (bits > 0) text += ((held << (5 - bits)) & 31).toString(32);
  return text.toUpperCase();
}
