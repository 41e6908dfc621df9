/** Types of sockets (linux/net.h) that unix sockets have, in the words of ss(8). */
const types: Readonly<Record<string, UnixSocket['type']>> = { '0001': 'u_str', '0002': 'u_dgr', '0005': 'u_seq' };

/** A unix socket as /proc tells of it. */
export interface UnixSocket {
  readonly type: 'u_str' | 'u_dgr' | 'u_seq';
  readonly state: 'LISTEN' | 'UNCONN' | 'SYN-SENT' | 'ESTAB' | 'CLOSING';
  /** 0 while it waits to be accepted. */
  readonly inode: number;
  /** Empty where it has no name; with an @ in front where that is in no file system. */
  readonly path: string;
}

/** SO_ACCEPTCON, by which /proc marks listeners: net/unix/af_unix.c, unix_seq_show. */
const LISTENS = 0x10000;

/** States by their numbers, `socket_state` in linux/net.h. */
const states: readonly UnixSocket['state'][] = ['UNCONN', 'UNCONN', 'SYN-SENT', 'ESTAB', 'CLOSING'];

/**
 * Reads /proc/self/net/unix.
 * @param text a name that has a line break in it breaks its line: the second half is left out.
 * @see proc_pid_net(5)
 */
export function unixSockets(text: string): UnixSocket[] {
  const found: UnixSocket[] = [];
  for (const line of text.split('\n')) {
    const [, flags = '', typed = '', state = '', inode = '', path = ''] =
      /^[0-9a-f]+: [0-9a-f]{8} [0-9a-f]{8} ([0-9a-f]{8}) ([0-9a-f]{4}) ([0-9a-f]{2}) +(\d+)(?: (.*))?$/i.exec(line) ?? [];
    const type = types[typed];
    if (type === undefined) continue;
    const listens = (Number.parseInt(flags, 16) & LISTENS) !== 0;
    found.push({
      type,
      state: listens ? 'LISTEN' : (states[Number.parseInt(state, 16)] ?? 'UNCONN'),
      inode: Number(inode),
      path,
    });
  }
  return found;
}
