import { Exit, exitCode, messageOf } from '#shared/exit.ts';
import { type Libc, openLibc, SystemError } from '#shared/linux/libc.ts';
import { NetlinkSource } from './netlink-source.ts';
import { ProcSource } from './proc-source.ts';
import type { SocketSource } from './source.ts';

/** Where sockets are read, and by what. */
export interface Opened {
  readonly source: SocketSource;
  /** Present where netlink works. */
  readonly libc?: Libc;
  /** Why it does not. */
  readonly reason?: string;
}

/**
 * Opens what tells the sockets of the namespace: netlink, or where the kernel or a seccomp filter refuses it, /proc/self/net.
 * @throws Exit where netlink was demanded and is refused
 */
export function openSource(choice: 'auto' | 'netlink' | 'proc'): Opened {
  if (choice === 'proc') return { source: new ProcSource(), reason: 'NETPROBE_SOURCE=proc' };
  try {
    const libc = openLibc();
    const source = new NetlinkSource(libc);
    // what cannot be read is found out here, and not at the first scrape
    source.listeners(() => {});
    return { source, libc };
  } catch (error) {
    const reason = messageOf(error);
    if (choice === 'auto') return { source: new ProcSource(), reason };
    const permission = error instanceof SystemError && (error.code === 'EPERM' || error.code === 'EACCES');
    throw new Exit(
      permission ? exitCode.permission : exitCode.failed,
      `NETPROBE_SOURCE=netlink, and netlink cannot be used here: ${reason}; allow socket(AF_NETLINK) in the seccomp profile, or set NETPROBE_SOURCE=auto`,
      { cause: error },
    );
  }
}
