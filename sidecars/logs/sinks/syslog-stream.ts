import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type Outgoing, openOutgoing } from '#shared/linux/outgoing.ts';
import type { Destination } from '../destinations/destination.ts';
import { type Finished, SyslogLine } from './syslog-line.ts';
import type { SyslogPlace } from './syslog-place.ts';
import type { SyslogTransport } from './syslog-transport.ts';
import { TlsFiles } from './tls-files.ts';

/** What is not well where the kernel cannot be asked what arrived. */
const blind =
  'this machine refuses FFI, so that a batch is taken for arrived when our own system took it: what was on its way to a receiver that dies is lost';

/**
 * `syslog+tcp://` (RFC 6587, octet counting) and `syslog+tls://` (RFC 5425): one connection, made when there is something to send and again after it was
 * lost. A body has arrived when the receiver's system has acknowledged every byte of it; all others are sent again on the next connection. What a receiver
 * loses of that when it dies, nobody can know: the protocol has no answer.
 * @throws Exit where the files for TLS cannot be used.
 */
export function syslogStream(
  { transport, host, port }: SyslogPlace,
  { timeout, inFlight, ...paths }: Pick<Destination, 'timeout' | 'inFlight' | 'ca' | 'cert' | 'key'>,
): SyslogTransport {
  const tls = transport === 'tls' ? new TlsFiles(paths) : undefined;
  const outgoing = openOutgoing();
  const open = (): Socket => {
    if (tls === undefined) return connectTcp({ host, port });
    tls.changed();
    // an address is no name that a server could be asked for (RFC 6066, section 3)
    const name = isIP(host) === 0 ? { servername: host } : {};
    return connectTls({ host, port, secureContext: tls.context, minVersion: 'TLSv1.2', ...name });
  };
  const ready = tls === undefined ? 'connect' : 'secureConnect';
  return new SyslogStream(() => new SyslogLine(open(), ready, outgoing), { timeout, inFlight, tls, outgoing });
}

interface StreamOptions extends Pick<Destination, 'timeout' | 'inFlight'> {
  readonly tls: TlsFiles | undefined;
  readonly outgoing: Outgoing | undefined;
}

class SyslogStream implements SyslogTransport {
  readonly #connect: () => SyslogLine;
  readonly #options: StreamOptions;
  #line: SyslogLine | undefined;

  constructor(connect: () => SyslogLine, options: StreamOptions) {
    this.#connect = connect;
    this.#options = options;
  }

  get concurrency(): number {
    return this.#options.inFlight;
  }

  get trouble(): string | undefined {
    const { tls, outgoing } = this.#options;
    return tls?.trouble ?? (outgoing === undefined ? blind : undefined);
  }

  deliver(body: Buffer, signal: AbortSignal): Promise<void> {
    if (this.#options.tls?.changed()) this.#line?.end(new Error('the certificates changed'));
    if (this.#line === undefined || this.#line.failure !== undefined) this.#line = this.#connect();
    return this.#over(this.#line, body, signal);
  }

  async reach(): Promise<string> {
    const line = this.#connect();
    // nothing of it is a message: a body of no bytes arrives as soon as the connection is made
    await this.#over(line, Buffer.alloc(0), new AbortController().signal);
    line.end(new Error('looked at'));
    return this.#options.tls === undefined ? 'takes connections' : 'takes connections, and its certificate is good';
  }

  async close(): Promise<void> {
    this.#line?.end(new Error('closed'));
  }

  #over(line: SyslogLine, body: Buffer, signal: AbortSignal): Promise<void> {
    const { timeout } = this.#options;
    return new Promise((resolve, reject) => {
      const late = () => line.end(new Error(`it did not take all of a batch within ${timeout / 1000} s (LOGS_TIMEOUT)`));
      const giveUp = () => line.end(new Error('given up'));
      const timer = setTimeout(late, timeout);
      const finished: Finished = (error) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
        if (error === undefined) resolve();
        else reject(error);
      };
      line.write(body, finished);
      if (signal.aborted) giveUp();
      else signal.addEventListener('abort', giveUp);
    });
  }
}
