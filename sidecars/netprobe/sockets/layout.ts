// What sock_diag(7) asks and answers, in bytes. Everything of more than one byte is in the order of the machine, but for ports and addresses.

/** SOCK_DIAG_BY_FAMILY (linux/sock_diag.h), and TCPDIAG_GETSOCK (linux/inet_diag.h), the old request that answers for IPv4 and IPv6 at once. */
export const TYPE = { TCPDIAG_GETSOCK: 18, BY_FAMILY: 20 } as const;

/** sizeof(struct inet_diag_msg) (linux/inet_diag.h): family, state, timer, retrans, then struct inet_diag_sockid, then six words. */
export const inetMessageSize = 72;

/** Fields of struct inet_diag_msg; the ports and addresses are those of its struct inet_diag_sockid. */
export const inetMessage = {
  family: 0,
  state: 1,
  timer: 2,
  retransmits: 3,
  sourcePort: 4,
  destinationPort: 6,
  source: 8,
  destination: 24,
  interface: 40,
  cookie: 44,
  expires: 52,
  receiveQueue: 56,
  sendQueue: 60,
  uid: 64,
  inode: 68,
} as const;

/** Attributes: INET_DIAG_* (linux/inet_diag.h). As extensions in a request, the bit is one less. */
export const INET_DIAG = { MEMINFO: 1, INFO: 2, CONG: 4, SKMEMINFO: 7, CGROUP_ID: 21 } as const;

/** The words of INET_DIAG_SKMEMINFO (SK_MEMINFO_*, linux/sock_diag.h); drops is the last. */
export const memoryWords = 9;

/** Fields of struct tcp_info (linux/tcp.h), as later kernels append them: an older one tells fewer. */
export const tcpInfo = {
  rto: 8,
  mss: 16,
  unacknowledged: 24,
  lost: 32,
  lastDataSent: 44,
  lastDataReceived: 52,
  rtt: 68,
  rttVariance: 72,
  congestionWindow: 80,
  totalRetransmits: 100,
  pacingRate: 104,
  bytesAcknowledged: 120,
  bytesReceived: 128,
  segmentsOut: 136,
  segmentsIn: 140,
  unsentBytes: 144,
  minRtt: 148,
  deliveryRate: 160,
  busyTime: 168,
  receiveWindowLimited: 176,
  sendBufferLimited: 184,
  bytesSent: 200,
  bytesRetransmitted: 208,
} as const;

/** struct unix_diag_msg and its attributes (linux/unix_diag.h). */
export const unixMessageSize = 16;
export const unixMessage = { type: 1, state: 2, inode: 4, cookie: 8 } as const;
export const UNIX_DIAG = { NAME: 0, PEER: 2, RQLEN: 4, MEMINFO: 5, UID: 7 } as const;
/** What unix_diag shows where it is asked for it: UDIAG_SHOW_* (linux/unix_diag.h). */
export const UDIAG_SHOW = { NAME: 1, PEER: 4, RQLEN: 0x10, MEMINFO: 0x20, UID: 0x40 } as const;
