import type { Socket } from 'node:net';

/** What carries a TLS socket. */
const carriers = new WeakMap<Socket, Socket>();

/** Makes it known that a TLS socket stands on another, so that {@link reset} works on it as on any. */
export function standsOn(secure: Socket, carrier: Socket): void {
  carriers.set(secure, carrier);
}

/**
 * Ends a socket at once, whatever it still had to send: with a reset (RST) where it is TCP, or TLS on TCP; by closing it where it is a
 * Unix socket, which knows no reset.
 */
export function reset(socket: Socket): void {
  const carrier = carriers.get(socket);
  if (carrier !== undefined) {
    reset(carrier);
    socket.destroy();
    return;
  }
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
