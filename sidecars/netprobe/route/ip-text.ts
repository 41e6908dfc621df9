/**
 * An IP address as inet_ntop(3) writes it.
 * @param bytes in network byte order: 4 or 16 of them.
 * @returns nothing for any other number of bytes.
 */
export function ipText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  return bytes.length === 16 ? ip6Text(bytes, 0) : '';
}

/**
 * An IPv6 address as RFC 5952 has it; one that holds an IPv4 address as that one: `::ffff:10.0.0.1`.
 * @param at where its 16 bytes begin, in network byte order.
 */
export function ip6Text(bytes: Uint8Array, at: number): string {
  let best = 8;
  let bestLength = 1;
  for (let group = 0; group < 8; group += 1) {
    let end = group;
    while (end < 8 && bytes[at + 2 * end] === 0 && bytes[at + 2 * end + 1] === 0) end += 1;
    if (end - group > bestLength) {
      best = group;
      bestLength = end - group;
    }
    group = end;
  }
  if (best === 0 && holdsIp4(bytes, at, bestLength)) {
    const dotted = `${bytes[at + 12]}.${bytes[at + 13]}.${bytes[at + 14]}.${bytes[at + 15]}`;
    return bestLength === 5 ? `::ffff:${dotted}` : `::${dotted}`;
  }
  let text = '';
  for (let group = 0; group < 8; group += 1) {
    if (group === best) {
      text += '::';
      group += bestLength - 1;
    } else {
      if (group > 0 && group !== best + bestLength) text += ':';
      text += (((bytes[at + 2 * group] ?? 0) << 8) | (bytes[at + 2 * group + 1] ?? 0)).toString(16);
    }
  }
  return text;
}

/** Whether the last four bytes are an IPv4 address, by how many groups of zeros it begins with (RFC 4291, section 2.5.5). */
function holdsIp4(bytes: Uint8Array, at: number, zeros: number): boolean {
  return zeros === 6 || (zeros === 5 && bytes[at + 10] === 0xff && bytes[at + 11] === 0xff);
}
