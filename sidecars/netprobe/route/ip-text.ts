import { SocketAddress } from 'node:net';

/**
 * An IP address as inet_ntop(3) writes it.
 * @param bytes in network byte order: 4 or 16 of them.
 * @returns nothing for any other number of bytes.
 */
export function ipText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length !== 16) return '';
  const groups = Array.from({ length: 8 }, (_, group) =>
    (((bytes[group * 2] ?? 0) << 8) | (bytes[group * 2 + 1] ?? 0)).toString(16),
  );
  return new SocketAddress({ family: 'ipv6', address: groups.join(':') }).address;
}
