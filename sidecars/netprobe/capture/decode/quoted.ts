import { ip4At, ip6At } from './address-text.ts';
import { shortAt } from './big-endian.ts';
import { extensionHeaders, extensionSize, ipProtocols, isExtension } from './ip-protocols.ts';

/** The packet that an ICMP error is about, as far as it is quoted. */
export interface Quoted {
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  /** Where it was to go; undefined where that is not quoted. */
  readonly port: number | undefined;
}

/** @returns undefined where its fixed header is not quoted as a whole */
export function quotedIp4(bytes: Uint8Array, at: number, end: number): Quoted | undefined {
  if (end - at < 20 || (bytes[at] ?? 0) >> 4 !== 4) return undefined;
  const behind = at + ((bytes[at] ?? 0) & 15) * 4;
  return {
    source: ip4At(bytes, at + 12),
    destination: ip4At(bytes, at + 16),
    protocol: bytes[at + 9] ?? 0,
    port: behind + 4 <= end ? shortAt(bytes, behind + 2) : undefined,
  };
}

/** @returns undefined where its fixed header is not quoted as a whole */
export function quotedIp6(bytes: Uint8Array, at: number, end: number): Quoted | undefined {
  if (end - at < 40 || (bytes[at] ?? 0) >> 4 !== 6) return undefined;
  let protocol = bytes[at + 6] ?? 0;
  let behind = at + 40;
  while (isExtension(protocol) && behind + 8 <= end) {
    const isLater = protocol === extensionHeaders.fragment && (shortAt(bytes, behind + 2) & 0xfff8) !== 0;
    if (isLater) break;
    const size = extensionSize(protocol, bytes[behind + 1] ?? 0);
    protocol = bytes[behind] ?? 0;
    behind += size;
  }
  const isThere = !isExtension(protocol) && behind + 4 <= end;
  return {
    source: ip6At(bytes, at + 8),
    destination: ip6At(bytes, at + 24),
    protocol,
    port: isThere ? shortAt(bytes, behind + 2) : undefined,
  };
}

/** `10.0.0.9 udp port 53`; undefined where the port is not quoted. */
export function portWords({ destination, protocol, port }: Quoted): string | undefined {
  if (port === undefined) return undefined;
  if (protocol === ipProtocols.tcp) return `${destination} tcp port ${port}`;
  if (protocol === ipProtocols.udp) return `${destination} udp port ${port}`;
  return `${destination} protocol ${protocol} port ${port}`;
}
