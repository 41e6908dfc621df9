import type { Socket } from 'node:net';
import { reset } from './reset.ts';
import { Wire } from './wire.ts';

/** A client or a backend as a stream: a socket, or TLS on one. Nobody reads it before it is joined. */
export interface StreamSide {
  readonly stream: Socket;
  /** What carries it; the same where there is no TLS. */
  readonly socket: Socket;
}

/** A client or a backend, as the fast join or the general one takes it. */
export type Side = Wire | StreamSide;

/** Ends a side with a reset. */
export function resetSide(side: Side): void {
  if (side instanceof Wire) {
    reset(side);
    return;
  }
  reset(side.socket);
  // TLS could only be closed politely
  if (side.stream !== side.socket) side.stream.destroy();
}
