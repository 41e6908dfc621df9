import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { type ConnectionOptions, connect } from 'node:tls';
import { atEnd } from '#harness/at-end.ts';

const u8 = (value: number) => Buffer.of(value);
const u16 = (value: number) => Buffer.of(value >> 8, value & 0xff);
const u24 = (value: number) => Buffer.of(value >> 16, (value >> 8) & 0xff, value & 0xff);
const vector16 = (...parts: readonly Uint8Array[]) => {
  const content = Buffer.concat(parts);
  return Buffer.concat([u16(content.length), content]);
};

/** One extension of a ClientHello. */
export const extension = (type: number, content: Uint8Array) => Buffer.concat([u16(type), vector16(content)]);

/** The extension server_name with these entries (RFC 6066, section 3); of type 0 is a host name. */
export const serverNames = (...names: readonly (readonly [type: number, name: string])[]) =>
  extension(0, vector16(...names.map(([type, name]) => Buffer.concat([u8(type), vector16(Buffer.from(name, 'latin1'))]))));

/** A type of extension that means nothing, so that servers stay used to what they do not know (RFC 8701). */
export const grease = extension(0x0a0a, Buffer.alloc(0));

/** The message ClientHello with these extensions; without any, as TLS 1.0 had it. */
export function message(extensions?: readonly Uint8Array[]): Buffer {
  const session = Buffer.concat([u8(32), Buffer.alloc(32, 7)]);
  const start = [u16(0x0303), Buffer.alloc(32, 9), session, vector16(u16(0x1a1a), u16(0x1301), u16(0xc02b)), Buffer.of(1, 0)];
  const body = Buffer.concat([...start, ...(extensions === undefined ? [] : [vector16(...extensions)])]);
  return Buffer.concat([u8(1), u24(body.length), body]);
}

/** Handshake records that hold so many bytes of a message each. */
export function records(content: Uint8Array, size = 2 ** 14): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < content.length; at += size) {
    const part = content.subarray(at, at + size);
    parts.push(Buffer.of(22, 3, 1), vector16(part));
  }
  return Buffer.concat(parts);
}

/** A ClientHello that asks for a name, in one record. */
export const helloFor = (name: string) => records(message([grease, serverNames([0, name])]));

/** The first bytes that a client of Node sends: the whole ClientHello. */
export function helloOfNode(t: TestContext, options: ConnectionOptions): Promise<Buffer> {
  return capture(t, (port) => {
    const socket = connect({ host: '127.0.0.1', port, ...options });
    socket.on('error', () => {});
    return () => socket.destroy();
  });
}

/** The first bytes that `openssl s_client` sends. For a test that `needs('openssl')`. */
export function helloOfOpenssl(t: TestContext, ...args: readonly string[]): Promise<Buffer> {
  return capture(t, (port) => {
    const child = spawn('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, ...args], { stdio: 'ignore' });
    return () => child.kill();
  });
}

async function capture(t: TestContext, client: (port: number) => () => unknown): Promise<Buffer> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(t, () => server.close());
  const stop = client((server.address() as AddressInfo).port);
  atEnd(t, stop);
  const [socket] = (await once(server, 'connection')) as [Socket];
  const [first] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return first;
}
