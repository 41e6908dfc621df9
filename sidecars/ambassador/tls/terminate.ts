import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { longestTimer } from '#shared/config/kinds.ts';
import type { TlsContext } from './contexts.ts';
import { alertOf, isBroken, refusalOf, words } from './words.ts';

/** A client whose TLS could not be ended. Its socket is closed. */
export class TerminationFailure extends Error {
  override readonly name = 'TerminationFailure';
  /** The handshake failed, or the client's certificate was refused; it took too long; the client closed its side or reset the connection. */
  readonly reason: 'tlsFailed' | 'headerTimeout' | 'left';
  /** The alert that the client sent, such as `unknown ca`. */
  readonly alert: string | undefined;

  constructor(reason: TerminationFailure['reason'], message: string, cause?: unknown) {
    super(message, { cause });
    this.reason = reason;
    this.alert = alertOf(cause);
  }
}

interface Handshake {
  readonly resolve: (socket: TLSSocket) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Ends the TLS of a route's clients. Where there are authorities of client certificates, a client has to show one of theirs.
 * A client that speaks TLS 1.3 has ended its handshake before its certificate is looked at: it finds its connection closed only then.
 */
export class TlsTermination {
  readonly #context: TlsContext;
  /** It never listens; connections are given to it. */
  readonly #server: Server;
  readonly #handshakes = new Map<Socket, Handshake>();
  #version: number;

  constructor(context: TlsContext) {
    this.#context = context;
    this.#version = context.version;
    const requestCert = context.files.ca !== undefined;
    // Each handshake has a time-out of its own.
    this.#server = createServer({ ...context.options, requestCert, rejectUnauthorized: true, handshakeTimeout: longestTimer });
    this.#server.on('secureConnection', (secure) => this.#succeeded(secure));
    this.#server.on('tlsClientError', (error, secure) => this.#failed(error, secure));
  }

  /**
   * Makes the handshake with a client, by the certificate that is in use now.
   * @param socket nobody reads it, half-open is allowed; what was put back into it counts as the client's first bytes.
   *   To reset the connection later, reset this socket: a TLS socket cannot be.
   * @param timeout ms until the handshake has to be done.
   * @returns a socket that is half-open as the other one, and that nobody reads. 'error' may come any time: listen to it at once.
   * @throws TerminationFailure, or the signal's reason.
   */
  async handshake(socket: Socket, timeout: number, signal?: AbortSignal): Promise<TLSSocket> {
    signal?.throwIfAborted();
    if (socket.destroyed || socket.readableEnded) {
      socket.destroy();
      throw left();
    }
    this.#renew();
    const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>();
    const timer = setTimeout(
      () => reject(new TerminationFailure('headerTimeout', `the TLS handshake was not done within ${timeout} ms`)),
      timeout,
    );
    const abort = () => reject(signal?.reason);
    const leave = () => reject(left());
    signal?.addEventListener('abort', abort);
    // 'end' is the FIN that came with bytes that were put back: TLS does not see it.
    socket.on('end', leave);
    this.#handshakes.set(socket, { resolve, reject });
    // The FIN of a client that leaves amid the handshake ends both sides; afterwards it ends one.
    const { allowHalfOpen } = socket;
    socket.allowHalfOpen = false;
    this.#server.emit('connection', socket);
    try {
      const secure = await promise;
      socket.allowHalfOpen = secure.allowHalfOpen = allowHalfOpen;
      return secure;
    } catch (error) {
      socket.destroy();
      throw error;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      socket.off('end', leave);
      this.#handshakes.delete(socket);
    }
  }

  #renew(): void {
    if (this.#version === this.#context.version) return;
    this.#version = this.#context.version;
    this.#server.setSecureContext(this.#context.options);
  }

  #succeeded(secure: TLSSocket): void {
    // An older session is resumed without looking at the certificate again, which may have expired since.
    const peer = secure.isSessionReused() ? secure.getPeerX509Certificate() : undefined;
    if (this.#context.files.ca !== undefined && peer !== undefined && peer.validToDate.getTime() < Date.now())
      this.#of(secure)?.reject(refused('CERT_HAS_EXPIRED'));
    else this.#of(secure)?.resolve(secure);
  }

  #failed(error: Error, secure: TLSSocket): void {
    this.#of(secure)?.reject(explain(error, secure));
  }

  #of(secure: TLSSocket): Handshake | undefined {
    // No public API tells which socket a TLS socket of a server stands on; this name is as old as TLSSocket.
    const { _parent: socket } = secure as TLSSocket & { _parent?: Socket };
    return socket && this.#handshakes.get(socket);
  }
}

function explain(error: Error, secure: TLSSocket): TerminationFailure {
  // The declared Error is a code (lib/internal/tls/wrap.js, onServerSocketSecure).
  if (secure.authorizationError) return refused(String(secure.authorizationError));
  if (isBroken(error)) return left(error);
  if (/PEER_DID_NOT_RETURN_A_CERTIFICATE/.test((error as NodeJS.ErrnoException).code ?? ''))
    return new TerminationFailure('tlsFailed', 'the client showed no certificate', error);
  const alert = alertOf(error);
  const what = alert === undefined ? words(error) : `the client sent the alert "${alert}"`;
  return new TerminationFailure('tlsFailed', `the TLS handshake failed: ${what}`, error);
}

function refused(code: string): TerminationFailure {
  return new TerminationFailure('tlsFailed', `the client's certificate ${refusalOf(code) ?? `was refused: ${code}`}`);
}

function left(cause?: unknown): TerminationFailure {
  return new TerminationFailure('left', 'the client left during the TLS handshake', cause);
}
