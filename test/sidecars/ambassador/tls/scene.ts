import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { type ConnectionOptions, type TLSSocket, connect as tlsConnect } from 'node:tls';
import { atEnd } from '#harness/at-end.ts';
import type { CertificateFiles } from '#harness/certificates.ts';
import { type TlsContext, TlsContexts } from '../../../../sidecars/ambassador/tls/contexts.ts';
import type { CredentialFiles } from '../../../../sidecars/ambassador/tls/credentials.ts';
import { TlsTermination } from '../../../../sidecars/ambassador/tls/terminate.ts';

/** A time-out that only keeps a broken test from hanging. */
export const long = 60_000;

/** The content of certificate files, as `tls` takes it. */
export const pem = ({ cert, key }: CertificateFiles) => ({ cert: readFileSync(cert), key: readFileSync(key) });

/** Reads files for TLS; problems with them fail the test. */
export async function contextOf(t: TestContext, files: CredentialFiles): Promise<TlsContext> {
  const controller = new AbortController();
  atEnd(t, () => controller.abort());
  const report = (level: string, message: string) => {
    if (level === 'error') throw new Error(message);
  };
  return new TlsContexts({ report, signal: controller.signal, interval: 3_600_000 }).open(files);
}

/** A plain connection: the side that connected, and the one that was accepted, which nobody reads. Both are half-open, and end with the test. */
export async function connection(t: TestContext, path?: string): Promise<{ client: Socket; accepted: Socket }> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
  server.listen(path === undefined ? { port: 0, host: '127.0.0.1' } : { path });
  await once(server, 'listening');
  const where = path === undefined ? { port: (server.address() as AddressInfo).port, host: '127.0.0.1' } : { path };
  const client = connect({ ...where, allowHalfOpen: true, noDelay: true });
  const [[accepted]] = await Promise.all([once(server, 'connection') as Promise<[Socket]>, once(client, 'connect')]);
  for (const socket of [client, accepted]) socket.on('error', () => {});
  atEnd(t, () => {
    for (const socket of [client, accepted]) socket.destroy();
    server.close();
  });
  return { client, accepted };
}

/** What ends TLS with these files. */
export const terminationOf = async (t: TestContext, files: CredentialFiles) => new TlsTermination(await contextOf(t, files));

/** A client of Node on one end of a connection. It has no listener for 'error' but one that keeps the test from ending. */
export function secureClient(socket: Socket, options: ConnectionOptions): TLSSocket {
  const secure = tlsConnect({ socket, servername: 'localhost', ...options });
  secure.on('error', () => {});
  return secure;
}

/** All that comes until the other side ends, or the error that ended it instead. */
export function drained(socket: Socket): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  const end = () => resolve(Buffer.concat(chunks));
  socket
    .on('data', (chunk: Buffer) => chunks.push(chunk))
    .on('end', end)
    .on('error', reject);
  socket.on('close', () => reject(new Error('closed')));
  if (socket.readableEnded) end();
  else socket.resume();
  return promise;
}
