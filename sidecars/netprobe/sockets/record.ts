/**
 * What the kernel tells of one socket. One record is filled anew for each of thousands of sockets, so take out of it what is to stay.
 * Where the kernel, or the way in which it was asked, does not tell something, that is 0.
 */
export class SocketRecord {
  /** 4 also for IPv4 that came in by an IPv6 socket: `::ffff:10.0.0.1` is the same as `10.0.0.1`. */
  family: 4 | 6 = 4;
  /** One of {@link tcpStates} (include/net/tcp_states.h). */
  state = 0;
  localPort = 0;
  remotePort = 0;
  /** In network byte order, read as words of the machine. IPv4 has the first alone. */
  readonly local = new Uint32Array(4);
  /** As {@link local}. */
  readonly remote = new Uint32Array(4);
  /** The index of the interface that it is bound to. */
  interface = 0;
  /** The identity of a socket for as long as it lives, also in its TIME_WAIT: 64 bits. */
  cookieLow = 0;
  cookieHigh = 0;
  uid = 0;
  inode = 0;
  /** Bytes that the application has not read; of a listener, connections that it has not accepted. */
  receiveQueue = 0;
  /** Bytes that the other side has not acknowledged; of a listener, how many connections may wait. */
  sendQueue = 0;
  /** Which timer runs: 0 none, 1 retransmission, 2 keepalive, 3 TIME_WAIT, 4 zero window probe. */
  timer = 0;
  /** When it runs out, in milliseconds. */
  expires = 0;
  /** How often what waits for its acknowledgement was sent again. */
  attempts = 0;

  /** What was dropped for want of room in the queue: of a listener connections, of UDP datagrams. */
  drops = 0;
  /** Memory in bytes: received, its limit, sent, its limit, forward, sent and queued, options, backlog (SK_MEMINFO_*, linux/sock_diag.h). */
  readonly memory = new Uint32Array(8);
  /** The id of its cgroup. A number is exact up to 2^53, which ids do not reach. */
  cgroup = 0;
  /** The congestion control, such as `cubic`; empty unless it is asked for. */
  congestion = '';

  /** Whether the kernel told the numbers below (struct tcp_info). */
  hasInfo = false;
  /** Smoothed round trip time, in microseconds. */
  rtt = 0;
  rttVariance = 0;
  minRtt = 0;
  /** Bytes that the application sent and that went out, each counted once. */
  sent = 0;
  /** Bytes that came in order. */
  received = 0;
  /** Bytes that were sent again. */
  retransmitted = 0;
  /** Segments that were sent again. */
  retransmits = 0;
  segmentsOut = 0;
  segmentsIn = 0;
  /** Segments on their way without acknowledgement. */
  unacknowledged = 0;
  /** Segments that are held for lost. */
  lost = 0;
  /** Congestion window, in segments. */
  window = 0;
  /** Segment size, in bytes. */
  segmentSize = 0;
  /** Retransmission time-out, in microseconds. */
  timeout = 0;
  /** Bytes a second. */
  deliveryRate = 0;
  pacingRate = 0;
  /** Bytes that wait to be sent. */
  unsent = 0;
  /** Bytes that the other side acknowledged, SYN and FIN included. */
  acknowledged = 0;
  /** Milliseconds since data was sent, and since it came. */
  sinceSent = 0;
  sinceReceived = 0;
  /** Microseconds for which there was something to send; and of those, for which the other side's window, or our send buffer, forbade it. */
  busy = 0;
  limitedByReceiver = 0;
  limitedByBuffer = 0;
}

/** The states of TCP, by their numbers: include/net/tcp_states.h, in the words of ss(8). */
export const tcpStates = [
  '',
  'ESTAB',
  'SYN-SENT',
  'SYN-RECV',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'TIME-WAIT',
  'UNCONN',
  'CLOSE-WAIT',
  'LAST-ACK',
  'LISTEN',
  'CLOSING',
  // a request that waits for its third segment; shown as SYN-RECV
  'SYN-RECV',
] as const;

/** The numbers of those that are asked about. */
export const TCP = {
  ESTABLISHED: 1,
  SYN_SENT: 2,
  SYN_RECV: 3,
  FIN_WAIT1: 4,
  FIN_WAIT2: 5,
  TIME_WAIT: 6,
  CLOSE: 7,
  CLOSE_WAIT: 8,
  LAST_ACK: 9,
  LISTEN: 10,
  CLOSING: 11,
  NEW_SYN_RECV: 12,
} as const;
