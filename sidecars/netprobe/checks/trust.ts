import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';

let known: SecureContext | undefined;

/**
 * Whom servers are trusted by: the authorities of the system, by SSL_CERT_FILE and SSL_CERT_DIR as OpenSSL has them, and NODE_EXTRA_CA_CERTS.
 * Those that Node brings count only where the system has none. Made when the first check needs it, as it costs milliseconds and memory.
 * @see https://docs.openssl.org/master/man3/X509_STORE_set_default_paths/ and tls.getCACertificates
 */
export function trust(): SecureContext {
  known ??= contextOf([...new Set([...getCACertificates('system'), ...getCACertificates('extra')])]);
  return known;
}

function contextOf(authorities: string[]): SecureContext {
  return createSecureContext(authorities.length === 0 ? {} : { ca: authorities });
}
