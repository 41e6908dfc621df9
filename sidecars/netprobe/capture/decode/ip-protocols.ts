/** Protocols above IP that are taken apart. */
export const ipProtocols = { icmp: 1, tcp: 6, udp: 17, icmp6: 58 } as const;

/** Headers between IPv6 and its content (RFC 8200; AH is RFC 4302, mobility RFC 6275, HIP RFC 7401, shim6 RFC 5533), and what says that nothing comes. */
export const extensionHeaders = {
  hopByHop: 0,
  routing: 43,
  fragment: 44,
  authentication: 51,
  none: 59,
  destination: 60,
  mobility: 135,
  hostIdentity: 139,
  shim: 140,
} as const;

/** Whether another header comes behind this one. */
export function isExtension(protocol: number): boolean {
  switch (protocol) {
    case extensionHeaders.hopByHop:
    case extensionHeaders.routing:
    case extensionHeaders.fragment:
    case extensionHeaders.authentication:
    case extensionHeaders.destination:
    case extensionHeaders.mobility:
    case extensionHeaders.hostIdentity:
    case extensionHeaders.shim:
      return true;
    default:
      return false;
  }
}

/**
 * How long an extension header is, in bytes.
 * @param length what its second byte says.
 */
export function extensionSize(protocol: number, length: number): number {
  if (protocol === extensionHeaders.fragment) return 8;
  return protocol === extensionHeaders.authentication ? (length + 2) * 4 : (length + 1) * 8;
}
