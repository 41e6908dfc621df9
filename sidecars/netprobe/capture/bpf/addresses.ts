import { isIPv4 } from 'node:net';

/** The bytes of an IP address, in network byte order: 4 or 16. @param address one that is valid; what is behind % is left out */
export function bytesOfAddress(address: string): readonly number[] {
  if (isIPv4(address)) return address.split('.').map(Number);
  const [plain = ''] = address.split('%');
  const dotted = /^(.*:)([\d.]+)$/.exec(plain);
  const [, beginning = '', end = ''] = dotted ?? [];
  const text = isIPv4(end) ? `${beginning}${groups(end.split('.').map(Number)).join(':')}` : plain;
  const [head = '', tail] = text.split('::');
  const listed = (part: string | undefined) => (part === undefined || part === '' ? [] : part.split(':'));
  const [left, right] = [listed(head), listed(tail)];
  const zeros = Array.from({ length: tail === undefined ? 0 : 8 - left.length - right.length }, () => '0');
  return [...left, ...zeros, ...right].flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 255];
  });
}

/** Bytes as words of 32 bits, in network byte order. @param bytes 4, 8, 12 … of them */
export function wordsOfAddress(bytes: readonly number[]): readonly number[] {
  return Array.from({ length: bytes.length / 4 }, (_, word) =>
    bytes.slice(word * 4, word * 4 + 4).reduce((value, byte) => value * 256 + byte, 0),
  );
}

/** The mask of a prefix of an IPv4 or IPv6 address, as words of 32 bits. @param words how many: 1 or 4 */
export function maskOfPrefix(bits: number, words: number): readonly number[] {
  return Array.from({ length: words }, (_, word) => {
    const ones = Math.min(32, Math.max(0, bits - word * 32));
    return ones === 0 ? 0 : (0xff_ff_ff_ff << (32 - ones)) >>> 0;
  });
}

function groups(bytes: readonly number[]): string[] {
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  return [((a << 8) | b).toString(16), ((c << 8) | d).toString(16)];
}
