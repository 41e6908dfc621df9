import { writeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { codeOf } from '#shared/exit.ts';

const some = Buffer.alloc(1);

/**
 * Whether the other end of a socket is known to be gone, found without reading: an empty write tells of an error that waits at the
 * socket (tcp_sendmsg looks for one before it looks at the bytes). libuv sees none while a socket is neither read nor written.
 */
export function isGone(socket: Socket): boolean {
  if (socket.destroyed) return true;
  const { _handle: handle } = socket as unknown as { _handle?: { fd?: number } | null };
  const fd = handle?.fd ?? -1;
  if (fd < 0) return false;
  try {
    writeSync(fd, some, 0, 0);
    return false;
  } catch (error) {
    const code = codeOf(error);
    // after our own FIN any write is answered with EPIPE
    return code !== 'EAGAIN' && !(socket.writableEnded && code === 'EPIPE');
  }
}
