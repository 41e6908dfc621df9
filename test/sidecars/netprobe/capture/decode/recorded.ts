import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { TCP } from '../../../../../sidecars/netprobe/capture/decode/packet.ts';
import { ethernetOf, tcp } from '../frames.ts';

/** Bytes as one side of a connection sent them. */
export interface Part {
  readonly from: 'client' | 'server';
  readonly bytes: Buffer;
}

/** Between clients and a server on the loopback: it hands all on, and keeps it. */
export class Recorder {
  /** What was said on each connection, in its order. */
  readonly connections: Part[][] = [];
  readonly port: number;

  private constructor(port: number) {
    this.port = port;
  }

  /** Listens on a free port, until the test ends. @param port where the server is */
  static async before(t: TestContext, port: number): Promise<Recorder> {
    const sockets = new Set<Socket>();
    const server = createServer((client) => {
      const parts: Part[] = [];
      recorder.connections.push(parts);
      const upstream = connect({ port, host: '127.0.0.1' });
      for (const [from, socket, other] of [['client', client, upstream] as const, ['server', upstream, client] as const]) {
        sockets.add(socket);
        socket.on('data', (bytes: Buffer) => {
          parts.push({ from, bytes });
          other.write(bytes);
        });
        socket.on('end', () => other.end());
        socket.on('error', () => other.destroy());
      }
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const recorder = new Recorder((server.address() as AddressInfo).port);
    atEnd(t, () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    return recorder;
  }
}

/**
 * A connection as frames, from its handshake on, with the port that such a server has.
 * @param most how much a segment holds at most: where a system leaves it to its card to cut them, that is much.
 */
export function connectionFrames(parts: readonly Part[], port: number, clientPort: number, most = 1448): Buffer[] {
  const sequences = { client: 1000, server: 5000 };
  const segment = (from: Part['from'], flags: number, payload: Uint8Array) => {
    const isClient = from === 'client';
    const [source, destination] = isClient ? ['10.0.0.1', '10.0.0.2'] : ['10.0.0.2', '10.0.0.1'];
    const [sourcePort, destinationPort] = isClient ? [clientPort, port] : [port, clientPort];
    const sequence = sequences[from];
    const acknowledgement = (flags & TCP.ACK) === 0 ? 0 : sequences[isClient ? 'server' : 'client'];
    sequences[from] += payload.length + ((flags & TCP.SYN) === 0 ? 0 : 1);
    return ethernetOf({ source, destination }, tcp({ sourcePort, destinationPort, sequence, acknowledgement, flags }, payload));
  };
  const none = Buffer.alloc(0);
  const handshake = [
    segment('client', TCP.SYN, none),
    segment('server', TCP.SYN | TCP.ACK, none),
    segment('client', TCP.ACK, none),
  ];
  const data = parts.flatMap(({ from, bytes }) =>
    Array.from({ length: Math.ceil(bytes.length / most) }, (_, index) =>
      segment(from, TCP.ACK | TCP.PSH, bytes.subarray(index * most, (index + 1) * most)),
    ),
  );
  return [...handshake, ...data];
}
