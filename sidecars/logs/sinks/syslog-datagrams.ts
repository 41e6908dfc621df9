import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { messagesOf } from '../record/syslog-format.ts';
import type { SyslogPlace } from './syslog-place.ts';
import type { SyslogTransport } from './syslog-transport.ts';

/** So many datagrams go out at once: receivers keep about as many small ones that they had no time for yet. */
const burst = 64;
/** Milliseconds between two such bursts, */
const betweenBursts = 1;
/** and behind the last one of a batch, so that a refusal of it is heard. */
const afterBatch = 20;

/** The longest message of a datagram, in bytes: what receivers take where nobody told them otherwise, as rsyslog and syslog-ng. */
export const longestDatagram = 8192;

/** A socket that is connected, and why it is of no use any more. */
interface Way {
  readonly socket: Socket;
  failure: Error | undefined;
}

/**
 * `syslog+udp://` (RFC 5426): one datagram for each message. Nothing tells whether one arrived: a batch is acknowledged when it was sent. Where
 * nobody listens and the other machine says so, the batch is sent again; what a network or a busy receiver drops is lost.
 */
export function syslogDatagrams({ host, port }: SyslogPlace): SyslogTransport {
  let open: Way | undefined;

  async function connected(): Promise<Way> {
    if (open !== undefined) return open;
    const { address, family } = await lookup(host);
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
    const made: Way = { socket, failure: undefined };
    // a connected socket hears that nobody listens (ICMP)
    socket.on('error', (error) => {
      made.failure ??= error;
    });
    await new Promise<void>((resolve, reject) => socket.once('error', reject).connect(port, address, resolve));
    open = made;
    return made;
  }

  async function close(): Promise<void> {
    open?.socket.close();
    open = undefined;
  }

  async function deliver(body: Buffer, signal: AbortSignal): Promise<void> {
    const to = await connected();
    try {
      let waiting: Promise<void>[] = [];
      for (const message of messagesOf(body)) {
        waiting.push(sent(to.socket, message));
        if (waiting.length < burst) continue;
        await Promise.all(waiting);
        waiting = [];
        await pause(betweenBursts);
        signal.throwIfAborted();
        if (to.failure !== undefined) break;
      }
      await Promise.all(waiting);
      await pause(afterBatch);
      if (to.failure !== undefined) throw to.failure;
    } catch (error) {
      await close();
      throw error;
    }
  }

  const reach = async () => {
    const { address } = await lookup(host);
    return `is at ${address}; whether somebody listens there, UDP does not tell`;
  };
  return { concurrency: 1, deliver, reach, close };
}

function sent(socket: Socket, message: Buffer): Promise<void> {
  return new Promise((resolve, reject) => socket.send(message, (error) => (error ? reject(error) : resolve())));
}
