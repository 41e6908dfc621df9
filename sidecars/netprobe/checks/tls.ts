import { isIP, type Socket } from 'node:net';
import { checkServerIdentity, connect, type TLSSocket } from 'node:tls';
import { CheckFailure, type Course } from './outcome.ts';
import { trust } from './trust.ts';
import { handshakeWords, refusalWords } from './words.ts';

/** A connection with TLS on it. */
export interface Secured {
  /** Nobody reads it; an error of it is swallowed unless somebody else listens. */
  readonly secure: TLSSocket;
  /** Why the certificate is not good enough; undefined where it is. */
  readonly refusal: string | undefined;
}

/**
 * Begins TLS on a connection, and looks at the certificate: it is noted when it expires, also where it is refused.
 * @param host what the server has to prove to be.
 * @param protocols what is offered by ALPN, where anything is.
 * @throws CheckFailure in words where there is no handshake, or the signal's reason. Both sockets are closed then.
 */
export async function beginTls(
  socket: Socket,
  host: string,
  course: Pick<Course, 'certificateExpires'>,
  signal: AbortSignal,
  protocols?: string[],
): Promise<Secured> {
  const name = host.replace(/%.*$|\.$/, '');
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const secure = connect({
    socket,
    secureContext: trust(),
    // it is looked at here, because of a connection that Node refuses nothing more can be told
    rejectUnauthorized: false,
    ...(protocols && { ALPNProtocols: protocols }),
    // addresses are not sent as server names (RFC 6066, section 3), but have to be proved all the same
    ...(isIP(name) === 0 && { servername: name }),
    checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate),
  });
  const abort = () => reject(signal.reason);
  const closed = () => reject(new CheckFailure('the connection is closed during the TLS handshake'));
  signal.addEventListener('abort', abort);
  secure.on('error', (error) => reject(new CheckFailure(handshakeWords(error), { cause: error })));
  secure.once('secureConnect', resolve).once('close', closed);
  try {
    signal.throwIfAborted();
    await promise;
    course.certificateExpires = secure.getPeerX509Certificate()?.validToDate;
    return { secure, refusal: refusalOf(secure, name) };
  } catch (error) {
    secure.destroy();
    socket.destroy();
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
    secure.off('close', closed);
  }
}

/** Why the certificate of a server is not good enough; undefined where it is. */
function refusalOf(secure: TLSSocket, name: string): string | undefined {
  if (secure.authorized) return undefined;
  const reason = secure.authorizationError as unknown;
  const code = reason instanceof Error ? ((reason as NodeJS.ErrnoException).code ?? reason.message) : String(reason);
  if (code !== 'ERR_TLS_CERT_ALTNAME_INVALID') return refusalWords(code);
  const { subjectaltname, subject } = secure.getPeerCertificate();
  return `its certificate is not for ${name}, but for ${subjectaltname ?? String(subject?.CN ?? 'nobody')}`;
}
