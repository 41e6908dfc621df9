import { formatAddress } from '#shared/config/address.ts';
import { codeOf, messageOf } from '#shared/exit.ts';
import { codeOfSocket } from '#shared/stale-socket.ts';
import type { Route } from '../routes/route.ts';

/** An address that cannot be listened on: which one, why, and what to do next. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  /** The system's code, such as EADDRINUSE; empty where it gave none. */
  readonly code: string;

  constructor({ name, listen }: Route, cause: unknown) {
    const isUnix = listen.type === 'unix';
    const code = (isUnix ? codeOfSocket(listen.path, cause) : codeOf(cause)) ?? '';
    const what =
      (isUnix ? ofSockets[code] : undefined) ??
      reasons[code] ??
      `cannot be listened on (${messageOf(cause)}); give the route another LISTEN`;
    super(`route ${name}: ${formatAddress(listen)} ${what}`, { cause });
    this.code = code;
  }
}

/** A change that failed when it had given up for a moment what served, and to try it again would be to turn clients away again. */
export class Disturbed extends Error {
  override readonly name = 'Disturbed';

  constructor(cause: unknown) {
    super(messageOf(cause), { cause });
  }
}

const ofSockets: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is listened on by another program, or is no socket; give the route another path, or remove it',
  EACCES: 'is in a folder that this user may not write to; give it to him, or give the route another path',
};

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is taken by another program in this network namespace; give the route another LISTEN, or end that program',
  EACCES:
    'may not be listened on by this user; give the route a port from 1024 on, or run with --sysctl net.ipv4.ip_unprivileged_port_start=0' +
    ' on the container whose network it is',
  EPERM: 'may not be listened on by this user; give the route another LISTEN',
  EADDRNOTAVAIL: 'is no address of this network namespace; give the route one of its own, or the port alone',
  ENOENT: 'is in a folder that does not exist; make it, or give the route another path',
};
