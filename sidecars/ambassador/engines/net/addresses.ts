import type { Socket } from 'node:net';
import { hashOf } from '../../dispatch/backend.ts';
import type { Preface } from '../../preface/preface.ts';
import type { EndAddress, Ends } from '../../preface/proxy-protocol.ts';

/** Both ends of a client's connection: as its PROXY header tells, or else as the socket knows them; a socket that is gone already knows none. */
export function endsOf(socket: Socket, { source, destination }: Preface): Ends | undefined {
  if (source !== undefined && destination !== undefined) return { source, destination };
  // Node knows no addresses of a Unix socket that was accepted
  if (socket.remoteFamily === undefined) return socket.destroyed ? undefined : { source: unnamed, destination: unnamed };
  const ends = [
    { type: 'tcp', address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 },
    { type: 'tcp', address: socket.localAddress ?? '', port: socket.localPort ?? 0 },
  ] as const;
  return { source: ends[0], destination: ends[1] };
}

/** A hash of a client's address, the same whether an IPv4 client came through a socket of IPv4 or of both families. */
export function sourceHash(socket: Socket, { source }: Preface): number {
  if (source?.type === 'unix') return hashOf(source.path);
  return hashOf((source?.address ?? socket.remoteAddress ?? '').replace(/^::ffff:(?=[\d.]+$)/, ''));
}

const unnamed: EndAddress = { type: 'unix', path: '' };
