import { ip6Text } from '../../route/ip-text.ts';
import { longAt, shortAt } from './big-endian.ts';

// A capture sees the same few addresses again and again. Each table has a place for each hash, where the last address with that hash is:
// it never grows, and an address that is not there is only slower.

const ip4Places = 4096;
const ip4Keys = new Uint32Array(ip4Places);
const ip4Texts: string[] = Array.from({ length: ip4Places }, () => '0.0.0.0');

/** An IPv4 address as people write it. @param at where its 4 bytes begin */
export function ip4At(bytes: Uint8Array, at: number): string {
  const key = longAt(bytes, at);
  const place = hashed(key) & (ip4Places - 1);
  const known = ip4Texts[place];
  if (known !== undefined && ip4Keys[place] === key) return known;
  const text = `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;
  ip4Keys[place] = key;
  ip4Texts[place] = text;
  return text;
}

const ip6Places = 2048;
const ip6Keys = new Uint32Array(ip6Places * 4);
const ip6Texts: string[] = Array.from({ length: ip6Places }, () => '::');

/** An IPv6 address as RFC 5952 has it. @param at where its 16 bytes begin */
export function ip6At(bytes: Uint8Array, at: number): string {
  const [one, two, three, four] = [longAt(bytes, at), longAt(bytes, at + 4), longAt(bytes, at + 8), longAt(bytes, at + 12)];
  const place = hashed(one ^ hashed(two ^ hashed(three ^ hashed(four)))) & (ip6Places - 1);
  const key = place * 4;
  const known = ip6Texts[place];
  if (
    known !== undefined &&
    ip6Keys[key] === one &&
    ip6Keys[key + 1] === two &&
    ip6Keys[key + 2] === three &&
    ip6Keys[key + 3] === four
  )
    return known;
  const text = ip6Text(bytes, at);
  ip6Keys[key] = one;
  ip6Keys[key + 1] = two;
  ip6Keys[key + 2] = three;
  ip6Keys[key + 3] = four;
  ip6Texts[place] = text;
  return text;
}

const macPlaces = 1024;
const macKeys = new Float64Array(macPlaces);
const macTexts: string[] = Array.from({ length: macPlaces }, () => '00:00:00:00:00:00');

/** A hardware address: `02:42:ac:11:00:02`. @param at where its 6 bytes begin */
export function macAt(bytes: Uint8Array, at: number): string {
  const low = longAt(bytes, at + 2);
  const key = shortAt(bytes, at) * 2 ** 32 + low;
  const place = hashed(low ^ shortAt(bytes, at)) & (macPlaces - 1);
  const known = macTexts[place];
  if (known !== undefined && macKeys[place] === key) return known;
  const text = Array.from(bytes.subarray(at, at + 6), (byte) => byte.toString(16).padStart(2, '0')).join(':');
  macKeys[place] = key;
  macTexts[place] = text;
  return text;
}

/** Spreads the bits of a number, so that neighbours come to different places. The steps are those of MurmurHash3's end. */
function hashed(number: number): number {
  let mixed = number | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
  return mixed ^ (mixed >>> 16);
}
