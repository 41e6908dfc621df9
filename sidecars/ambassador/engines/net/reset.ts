import type { Socket } from 'node:net';

/** Ends a socket at once, whatever it still had to send: with a reset (RST) where it is TCP, by closing it where it is a Unix socket. */
export function reset(socket: Socket): void {
  if (socket.destroyed) return;
  if (socket.connecting) {
    socket.destroy();
    return;
  }
  // libuv refuses to reset while a shutdown is under way, and Node then leaks the descriptor; the shutdown takes one turn of the loop
  if (socket.writableEnded && !socket.writableFinished && socket.writableLength === 0) {
    socket.once('finish', () => reset(socket));
    return;
  }
  try {
    socket.resetAndDestroy();
  } catch {
    // what has no TCP handle has no reset: ERR_INVALID_HANDLE_TYPE, thrown before anything was done
    socket.destroy();
  }
}
