import { codeOf, messageOf } from '#shared/exit.ts';

/** What is wrong with a certificate, by the code of OpenSSL (X509_V_ERR_…, openssl-verification-options(1)) or of Node. */
const refusals: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'has expired',
  CERT_NOT_YET_VALID: 'is not valid yet',
  CERT_REVOKED: 'was revoked',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'is self-signed, and is not among the trusted authorities',
  SELF_SIGNED_CERT_IN_CHAIN: 'is of an authority that is not trusted',
  UNABLE_TO_GET_ISSUER_CERT: 'is of an authority that is not known',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'is of an authority that is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'is of an authority that is not trusted, or came without those that lead to it',
  CERT_SIGNATURE_FAILURE: 'has a signature that is not of its authority',
  INVALID_PURPOSE: 'is for another purpose',
  INVALID_CA: 'is of one that is no authority',
};

/** What is wrong with a certificate, as the end of a sentence about it; undefined where the error is about something else. */
export function refusalOf(code: string | undefined): string | undefined {
  return code === undefined ? undefined : refusals[code];
}

/** The alert with which the other side ended TLS, such as `unknown ca` (RFC 8446, section 6.2); undefined where it sent none. */
export function alertOf(error: unknown): string | undefined {
  const match = /^ERR_SSL_(?:TLSV1|TLSV13|SSLV3|SSL\/TLS)_(?:ALERT_)?(?<alert>[A-Z0-9_]+)$/.exec(codeOf(error) ?? '');
  return match?.groups?.alert?.toLowerCase().replaceAll('_', ' ');
}

/** Whether the connection broke, and not TLS on it. */
export function isBroken(error: unknown): boolean {
  return ['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'].includes(codeOf(error) ?? '');
}

/** OpenSSL's own words without its numbers: `error:0A00018F:SSL routines::ee key too small:file.c:1:` is `ee key too small`. */
export function words(error: unknown): string {
  const message = messageOf(error);
  return /error:[0-9A-F]+:[^:]*:[^:]*:(?<reason>[^:]+)/.exec(message)?.groups?.reason?.trim() ?? message;
}
