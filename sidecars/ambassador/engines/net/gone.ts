import { writeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { codeOf } from '#shared/exit.ts';
import type { RawConnection } from './accept.ts';

const nothing = Buffer.alloc(1);

/**
 * Whether the other end of a connected socket is known to be gone, found without reading: an empty write tells of an error that waits at
 * the socket (tcp_sendmsg looks for one before it looks at the bytes). libuv sees none while a socket is neither read nor written.
 * A Unix socket says nothing of the kind.
 */
export function isGone(socket: Socket): boolean {
  if (socket.destroyed) return true;
  const fd = descriptorOf(socket);
  if (fd < 0) return false;
  try {
    writeSync(fd, nothing, 0, 0);
    return false;
  } catch (error) {
    const code = codeOf(error);
    // after our own FIN any write is answered with EPIPE
    return code !== 'EAGAIN' && !(socket.writableEnded && code === 'EPIPE');
  }
}

/** The descriptor of a connected socket, -1 where there is none. The handle is no public API, but the one way to it; see accept.ts. */
export function descriptorOf(socket: Socket): number {
  const { _handle: handle } = socket as unknown as { _handle?: RawConnection | null };
  return handle?.fd ?? -1;
}
