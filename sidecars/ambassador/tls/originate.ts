import { isIP, type Socket } from 'node:net';
import { checkServerIdentity, connect, type PeerCertificate, type TLSSocket } from 'node:tls';
import { codeOf } from '#shared/exit.ts';
import type { Endpoint } from '../dispatch/endpoint.ts';
import type { RouteOptions } from '../routes/options.ts';
import type { TlsContext } from './contexts.ts';
import { alertOf, isBroken, refusalOf, words } from './words.ts';

/** A backend that TLS could not be begun with. Its socket is closed. */
export class OriginationFailure extends Error {
  override readonly name = 'OriginationFailure';
  readonly reason: 'tlsFailed' | 'timedOut';
  /** The alert that the backend sent, such as `handshake failure`. */
  readonly alert: string | undefined;

  constructor(reason: OriginationFailure['reason'], message: string, cause?: unknown) {
    super(message, { cause });
    this.reason = reason;
    this.alert = alertOf(cause);
  }
}

/** Who the backend has to be. */
export interface Origination {
  readonly context: TlsContext;
  /** The host name or address that it has to prove, from {@link nameToProve}. */
  readonly name: string | undefined;
  /** False takes any certificate. */
  readonly verify: boolean;
}

/** What a backend has to prove to be: `tls-out-name`, or the host as it was written; undefined for a Unix socket, which has neither. */
export function nameToProve({ tlsOutName }: Pick<RouteOptions, 'tlsOutName'>, endpoint: Endpoint): string | undefined {
  return tlsOutName ?? (endpoint.type === 'tcp' ? endpoint.host : undefined);
}

/**
 * Begins TLS on a connection to a backend.
 * @param socket connected, nobody reads it, half-open is allowed. To reset the connection later, reset this socket: a TLS socket cannot be.
 * @param timeout ms until the handshake has to be done.
 * @returns a socket that is half-open as the other one, and that nobody reads. 'error' may come any time: listen to it at once. A backend
 *   that refuses our certificate says so there, where it speaks TLS 1.3.
 * @throws OriginationFailure, or the signal's reason.
 */
export async function originate(
  socket: Socket,
  { context, name, verify }: Origination,
  timeout: number,
  signal?: AbortSignal,
): Promise<TLSSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const bare = name?.replace(/%.*$|\.$/, '');
  try {
    signal?.throwIfAborted();
    if (verify && bare === undefined)
      throw new OriginationFailure(
        'tlsFailed',
        'a Unix socket has no host name to prove; set tls-out-name, or tls-out-verify=false',
      );
    if (socket.destroyed || socket.readableEnded) throw closed();
  } catch (error) {
    socket.destroy();
    throw error;
  }
  const secure = connect({
    socket,
    secureContext: context.secure,
    rejectUnauthorized: verify,
    // Addresses are not sent as server names (RFC 6066, section 3), but have to be proved all the same.
    ...(bare !== undefined && isIP(bare) === 0 && { servername: bare }),
    checkServerIdentity: (_, certificate) => (bare === undefined ? undefined : checkServerIdentity(bare, certificate)),
  });
  const timer = setTimeout(
    () => reject(new OriginationFailure('timedOut', `the TLS handshake was not done within ${timeout} ms`)),
    timeout,
  );
  const fail = (error: Error) => reject(explain(error, bare));
  const close = () => reject(closed());
  const abort = () => reject(signal?.reason);
  signal?.addEventListener('abort', abort);
  secure.on('secureConnect', resolve).on('error', fail).on('close', close);
  // A FIN that came before TLS was begun is seen here alone.
  socket.on('end', close);
  try {
    await promise;
    secure.off('error', fail);
    return secure;
  } catch (error) {
    secure.destroy();
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
    secure.off('secureConnect', resolve).off('close', close);
    socket.off('end', close);
  }
}

function explain(error: Error, name: string | undefined): OriginationFailure {
  const code = codeOf(error);
  const refusal = refusalOf(code);
  const failed = (message: string) => new OriginationFailure('tlsFailed', message, error);
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return failed(`its certificate is not for ${name}, but for ${namesIn(error)}; set tls-out-name to a name that it is for`);
  if (refusal !== undefined) {
    const next = /authorit/.test(refusal) ? '; name the authority with tls-out-ca' : '';
    return failed(`its certificate ${refusal}${next}`);
  }
  const alert = alertOf(error);
  if (alert !== undefined) return failed(`it sent the alert "${alert}"`);
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG')
    return failed('it does not speak TLS');
  if (isBroken(error)) return closed(error);
  return failed(words(error));
}

function closed(cause?: Error): OriginationFailure {
  const code = codeOf(cause);
  return new OriginationFailure(
    'tlsFailed',
    `the connection was closed during the TLS handshake${code ? ` (${code})` : ''}`,
    cause,
  );
}

/** The names that a certificate is for, as OpenSSL writes them: `DNS:redis, IP Address:10.0.0.1`. Node's error holds the certificate. */
function namesIn(error: Error): string {
  const { subjectaltname, subject } = ('cert' in error ? error.cert : {}) as Partial<PeerCertificate>;
  return subjectaltname ?? String(subject?.CN ?? 'none');
}
