import { codeOf, messageOf } from '#shared/exit.ts';

const meanings: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection reset',
  EHOSTUNREACH: 'no route to the host, or it does not answer on its link',
  ENETUNREACH: 'no route to its network',
  EADDRNOTAVAIL: 'this namespace has no address to reach it from, or no free port',
  EAFNOSUPPORT: 'this namespace does not have this version of IP',
  ENETDOWN: 'the interface is down',
  ETIMEDOUT: 'nobody answers',
  EACCES: 'forbidden by a rule of this namespace, or a broadcast address',
  EPERM: 'forbidden by a firewall rule of this namespace',
  EINVAL: 'an address that cannot be reached from here; one of a link needs its zone, as in fe80::1%eth0',
  EMFILE: 'the probe has no file descriptor left',
  ENFILE: 'the machine has no file descriptor left',
  ENOBUFS: 'the machine has no memory for sockets left',
  ENOMEM: 'the machine has no memory left',
};

/** What an error of a socket means, with its code. */
export function socketWords(error: unknown): string {
  const code = codeOf(error) ?? '';
  const meaning = meanings[code];
  return meaning === undefined ? messageOf(error) : `${meaning} (${code})`;
}

/** What is wrong with a certificate, by the code of OpenSSL (X509_V_ERR_…, openssl-verification-options(1)). */
const refusals: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'has expired',
  CERT_NOT_YET_VALID: 'is not valid yet',
  CERT_REVOKED: 'was revoked',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'is self-signed and not trusted; trust it by SSL_CERT_FILE',
  SELF_SIGNED_CERT_IN_CHAIN: 'is of an authority that is not trusted; trust it by SSL_CERT_FILE',
  UNABLE_TO_GET_ISSUER_CERT: 'is of an authority that is not known; trust it by SSL_CERT_FILE',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'is of an authority that is not trusted; trust it by SSL_CERT_FILE',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'is of an authority that is not trusted, or came without those that lead to it; trust it by SSL_CERT_FILE',
  CERT_SIGNATURE_FAILURE: 'has a signature that is not of its authority',
  INVALID_PURPOSE: 'is for another purpose than a server',
  INVALID_CA: 'is of one that is no authority',
};

/** Why a certificate is refused, as a sentence. @param code of OpenSSL. */
export function refusalWords(code: string): string {
  return `its certificate ${refusals[code] ?? `is refused: ${code}`}`;
}

/** What went wrong in a TLS handshake. */
export function handshakeWords(error: unknown): string {
  const code = codeOf(error) ?? '';
  // the alert with which the other side ended it (RFC 8446, section 6.2)
  const alert = /^ERR_SSL_(?:TLSV1|TLSV13|SSLV3|SSL\/TLS)_(?:ALERT_)?(?<alert>[A-Z0-9_]+)$/.exec(code)?.groups?.alert;
  if (alert !== undefined) return `it sent the TLS alert "${alert.toLowerCase().replaceAll('_', ' ')}"`;
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG') return 'it does not speak TLS';
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'the connection is closed during the TLS handshake';
  // OpenSSL's own words, without its numbers: error:0A00018F:SSL routines::ee key too small:file.c:1:
  return /error:[0-9A-F]+:[^:]*:[^:]*:(?<reason>[^:]+)/.exec(messageOf(error))?.groups?.reason?.trim() ?? messageOf(error);
}
