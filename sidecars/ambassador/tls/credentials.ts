import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import type { RouteOptions } from '../routes/options.ts';
import { words } from './words.ts';

/** The PEM files by which one side of a route proves who it is, and knows who the other is. */
export interface CredentialFiles {
  /** The certificate, and behind it those that lead to its authority. */
  readonly cert?: string;
  /** Its private key; where there is none, it is in the file of the certificate. */
  readonly key?: string;
  /** The authorities that the other side is trusted by. */
  readonly ca?: string;
}

/** What was read from them. */
export interface Credentials {
  /** For both `createSecureContext` and `tls.Server`. */
  readonly options: SecureContextOptions;
  readonly context: SecureContext;
  /** When the certificate expires, in ms since 1970; undefined where there is none. */
  readonly notAfter: number | undefined;
  /** The authorities as they were written. */
  readonly ca: string | undefined;
}

/** The files for TLS that is ended here; undefined where a route ends none. */
export function filesForClients({ tlsCert, tlsKey, tlsClientCa }: RouteOptions): CredentialFiles | undefined {
  return tlsCert === undefined ? undefined : named(tlsCert, tlsKey, tlsClientCa);
}

/** The files for TLS towards backends; undefined where a route speaks none. */
export function filesForBackends({ tlsOut, tlsOutCert, tlsOutKey, tlsOutCa }: RouteOptions): CredentialFiles | undefined {
  return tlsOut ? named(tlsOutCert, tlsOutKey, tlsOutCa) : undefined;
}

function named(cert: string | undefined, key: string | undefined, ca: string | undefined): CredentialFiles {
  return { ...(cert !== undefined && { cert }), ...(key !== undefined && { key }), ...(ca !== undefined && { ca }) };
}

/** The paths of the files, each once. */
export function pathsOf({ cert, key, ca }: CredentialFiles): string[] {
  return [...new Set([cert, key, ca].filter((path) => path !== undefined))];
}

/**
 * Makes of the content of the files what TLS needs.
 * @param textOf the content of a file, by its path.
 * @param ticketKeys 48 bytes by which sessions are resumed.
 * @throws Error saying which file is wrong, and how.
 */
export function readCredentials(files: CredentialFiles, textOf: (path: string) => string, ticketKeys: Buffer): Credentials {
  const { cert, key = cert, ca } = files;
  const chain = cert === undefined ? [] : certificatesIn(cert, textOf(cert));
  const privateKey = key === undefined ? undefined : keyIn(key, textOf(key));
  const [leaf] = chain;
  if (leaf && privateKey && !leaf.checkPrivateKey(privateKey))
    throw new Error(`the private key in ${key} is not that of the certificate in ${cert}; both have to be changed together`);
  if (ca !== undefined) certificatesIn(ca, textOf(ca));
  const options: SecureContextOptions = {
    minVersion: 'TLSv1.2',
    ticketKeys,
    ...(cert !== undefined && { cert: textOf(cert) }),
    ...(key !== undefined && { key: textOf(key) }),
    ...(ca !== undefined && { ca: textOf(ca) }),
  };
  try {
    const context = createSecureContext(options);
    return { options, context, notAfter: leaf?.validToDate.getTime(), ca: ca === undefined ? undefined : textOf(ca) };
  } catch (error) {
    throw new Error(`${pathsOf(files).join(', ')} cannot be used for TLS: ${words(error)}`, { cause: error });
  }
}

function certificatesIn(path: string, text: string): X509Certificate[] {
  const blocks = text.match(/-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----[\s\S]*?(?=-----BEGIN |$)/g);
  if (blocks === null) throw new Error(`${path} holds no certificate in PEM, which begins with -----BEGIN CERTIFICATE-----`);
  return blocks.map((block, index) => {
    try {
      return new X509Certificate(block);
    } catch (error) {
      throw new Error(`certificate ${index + 1} in ${path} cannot be read: ${words(error)}`, { cause: error });
    }
  });
}

function keyIn(path: string, text: string): KeyObject {
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text))
    throw new Error(`${path} holds no private key in PEM, which begins with -----BEGIN PRIVATE KEY-----`);
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(text))
    throw new Error(`the private key in ${path} has a passphrase; write it without one, as openssl pkey does`);
  try {
    return createPrivateKey(text);
  } catch (error) {
    throw new Error(`the private key in ${path} cannot be read: ${words(error)}`, { cause: error });
  }
}
