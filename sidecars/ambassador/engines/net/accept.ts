import type { Server } from 'node:net';
import { getSystemErrorName } from 'node:util';

/** Seconds of silence after which the system asks whether the other end still lives (tcp(7), TCP_KEEPIDLE). */
export const keepAlive = 60;

/** A socket as Node has it below its own: `TCP` or `Pipe` of `tcp_wrap` and `pipe_wrap`. */
export interface RawConnection {
  readonly fd: number;
  close(): void;
  /** Closes it with a reset; a pipe has none. */
  reset?(): void;
}

interface RawServer {
  onconnection?: (status: number, raw: RawConnection | undefined) => void;
  setNoDelay?: (on: boolean) => number;
  setKeepAlive?: (on: boolean, seconds: number) => number;
}

/**
 * Takes accepted connections before Node makes a socket of each. A socket of our own, with a read buffer of our choice (`onread`, which
 * a server cannot give), would be a second one on the same connection: the first is made for nothing, a third of all the work of a
 * short connection (13 to 16 thousand against 9 to 10 thousand connections a second on one core).
 *
 * The callback below is no public API. It has been the same since Node 0.6; the Node that runs this is pinned in package.json.
 * @param server listens already.
 * @param failed hears the system's code, such as EMFILE. Clients that waited to be accepted are then closed by libuv (uv__emfile_trick).
 * @returns false where the server has not the expected shape: nothing was changed, and its `connection` events are to be used.
 */
export function acceptRaw(server: Server, accepted: (raw: RawConnection) => void, failed: (code: string) => void): boolean {
  const { _handle: handle } = server as unknown as { _handle?: RawServer | null };
  if (typeof handle?.onconnection !== 'function') return false;
  // what is accepted inherits both from the socket that listens, which saves five calls for each connection
  handle.setNoDelay?.(true);
  handle.setKeepAlive?.(true, keepAlive);
  handle.onconnection = (status, raw) => {
    if (raw === undefined) failed(getSystemErrorName(status));
    else accepted(raw);
  };
  return true;
}
