import { readFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { atEnd } from '#harness/at-end.ts';
import type { CertificateFiles } from '#harness/certificates.ts';
import { until } from '#harness/until.ts';

/** What a client of Node brings to its handshake. */
export interface SecureClientOptions {
  readonly port: number;
  /** PEM file of the authority that it trusts. */
  readonly ca: string;
  /** The name that it asks for, and wants to have proved; `localhost` where nothing is said. */
  readonly servername?: string;
  /** What it shows of itself. */
  readonly own?: CertificateFiles;
}

/** A client that speaks TLS. */
export class SecureClient {
  readonly socket: TLSSocket;
  /** All that it received. */
  text = '';
  /** How the other side ended: `FIN`, or the error's code. */
  ended: string | undefined;

  /** Begins to connect; it ends with the test. */
  constructor(t: TestContext, { port, ca, servername = 'localhost', own }: SecureClientOptions) {
    const shown: ConnectionOptions = own === undefined ? {} : { cert: readFileSync(own.cert), key: readFileSync(own.key) };
    // half-open is an option of Node's tls.connect, which its types do not know
    const halfOpen = { allowHalfOpen: true } as ConnectionOptions;
    this.socket = connect({ host: '127.0.0.1', port, servername, ca: readFileSync(ca), ...halfOpen, ...shown });
    this.socket.setEncoding('utf8').on('data', (text: string) => {
      this.text += text;
    });
    this.socket.on('end', () => {
      this.ended ??= 'FIN';
    });
    this.socket.on('error', (error: NodeJS.ErrnoException) => {
      this.ended ??= error.code ?? error.message;
    });
    atEnd(t, () => this.socket.destroy());
  }

  /** The common name in the certificate that the other side proved. */
  get subject(): string | undefined {
    return this.socket.getPeerX509Certificate()?.subject.replace('CN=', '');
  }

  /** Waits until this is all that it received. @throws Error where the other side ends before */
  async receives(expected: string): Promise<void> {
    await until(`"${expected}" is received`, () => {
      if (this.text === expected) return true;
      if (this.ended !== undefined) throw new Error(`"${this.text}" was received, then: ${this.ended}`);
      return false;
    });
  }

  /** Waits for the end of the other side's stream. */
  async ending(): Promise<string> {
    await until('the other side ends', () => this.ended !== undefined);
    return this.ended as string;
  }
}
