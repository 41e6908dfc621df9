import { isIPv4, isIPv6 } from 'node:net';

/**
 * The 4 bytes of an IPv4 address or the 16 of an IPv6 address, whose zone (`%eth0`) is left out: it means nothing to another machine.
 * @returns undefined where the text is no address.
 */
export function parseIp(text: string): Uint8Array | undefined {
  if (isIPv4(text)) return Uint8Array.from(text.split('.'), Number);
  if (!isIPv6(text)) return undefined;
  const address = text.replace(/%.*$/, '').replace(/[\d.]+$/, (tail) => (tail.includes('.') ? groupsOfIpv4(tail) : tail));
  const [before = [], after = []] = address.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const groups = [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after];
  return Uint8Array.from(
    groups.flatMap((group) => {
      const value = Number.parseInt(group, 16);
      return [value >> 8, value & 0xff];
    }),
  );
}

/** Writes 4 or 16 bytes as RFC 5952 wants: lower case, the longest run of zeros as `::`, a mapped IPv4 address (`::ffff:10.0.0.1`) with dots. */
export function formatIp(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  return isMapped(bytes) ? `::ffff:${unmapped(bytes).join('.')}` : formatGroups(bytes);
}

/** Writes 16 bytes as {@link formatIp} does, and a mapped address too without dots. */
export function formatGroups(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, index) => ((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0));
  const { from, length } = longestZeros(groups);
  const written = groups.map((group) => group.toString(16));
  if (length < 2) return written.join(':');
  return `${written.slice(0, from).join(':')}::${written.slice(from + length).join(':')}`;
}

/** Whether 16 bytes are an IPv4 address mapped into IPv6 (RFC 4291, section 2.5.5.2), as a dual-stack socket shows its IPv4 peers. */
export function isMapped(bytes: Uint8Array): boolean {
  return bytes.length === 16 && bytes.every((byte, index) => index >= 12 || byte === (index < 10 ? 0 : 0xff));
}

/** The 4 bytes of IPv4 in a mapped address. */
export function unmapped(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(12);
}

/** The 16 bytes of an address of either family; IPv4 becomes mapped. */
export function mapped(bytes: Uint8Array): Uint8Array {
  return bytes.length === 16 ? bytes : Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...bytes]);
}

function groupsOfIpv4(text: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = text.split('.').map(Number);
  return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}

function longestZeros(groups: readonly number[]): { from: number; length: number } {
  let best = { from: 0, length: 0 };
  for (let from = 0; from < groups.length; from++) {
    let length = 0;
    while (groups[from + length] === 0) length++;
    if (length > best.length) best = { from, length };
    from += length;
  }
  return best;
}
