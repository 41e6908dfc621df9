import { openLibc } from './libc.ts';

/** linux/sockios.h */
const SIOCOUTQ = 0x5411n;
const IPPROTO_TCP = 6;
const TCP_INFO = 11;
/** tcpi_bytes_acked in struct tcp_info (linux/tcp.h), since Linux 4.1, */
const acknowledgedAt = 120;
/** and how much of that struct is asked for. */
const infoSize = 128;

/** How much of what a connected TCP socket was given is where it belongs: in the hands of the other side's system. */
export interface Outgoing {
  /** Bytes that the other side's system has not acknowledged yet; undefined where ours does not tell. */
  readonly waiting: (fd: number) => number | undefined;
  /** Bytes that it has acknowledged since the connection began, give or take the one that a SYN counts; undefined where ours does not tell. */
  readonly acknowledged: (fd: number) => number | undefined;
}

/**
 * Asks the kernel by FFI. Not for two threads: it works in memory of its own.
 * @returns undefined where there is no FFI.
 */
export function openOutgoing(): Outgoing | undefined {
  try {
    const libc = openLibc();
    const { address, buffer } = libc.map(4096);
    const view = new DataView(buffer);
    const length = address + 256n;
    return {
      waiting: (fd) => (libc.ioctl(fd, SIOCOUTQ, address) === 0 ? view.getInt32(0, true) : undefined),
      acknowledged: (fd) => {
        view.setInt32(256, infoSize, true);
        const told = libc.getsockopt(fd, IPPROTO_TCP, TCP_INFO, address, length) === 0 && view.getInt32(256, true) >= infoSize;
        return told ? Number(view.getBigUint64(acknowledgedAt, true)) : undefined;
      },
    };
  } catch {
    // whoever asks has to do with what Node tells
    return undefined;
  }
}
