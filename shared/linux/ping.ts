import { isIPv6 } from 'node:net';
import { type Libc, SystemError } from './libc.ts';

const AF = { INET: 2, INET6: 10 } as const;
const SOCK_DGRAM = 2;
const SOCK_FLAGS = 0x800 | 0x80000; // SOCK_NONBLOCK | SOCK_CLOEXEC
const IPPROTO = { IP: 0, ICMP: 1, IPV6: 41, ICMPV6: 58 } as const;
const IP_RECVERR = 11;
const IPV6_RECVERR = 25;
/** Echo request and reply, for IPv4 (linux/icmp.h) and IPv6 (linux/icmpv6.h). */
const echo = { 4: { request: 8, reply: 0 }, 6: { request: 128, reply: 129 } } as const;

/** Header of 8 bytes: type, code, checksum, identifier, sequence number. The kernel fills in the checksum and the identifier. */
const header = 8;
/** As much as ping(8) sends. */
const payload = 56;

/**
 * Sends one ICMP echo request and waits for its reply, through a ping socket, which takes no privilege: icmp(7).
 * Node reads the socket as it does one of UDP, so that nothing blocks or polls; the C library is asked for the socket alone.
 * @param address an IPv4 or IPv6 address; of a link, with its zone: `fe80::1%eth0`.
 * @returns the time until the reply was read, in seconds. It holds the turn of the event loop, some tenths of a millisecond.
 * @throws SystemError with the code EACCES where `net.ipv4.ping_group_range` leaves out our group, with EPERM where a seccomp filter refuses,
 *   with EAFNOSUPPORT where there is no such protocol; the error of Node with its code where the network says that nobody is reached, such as
 *   EHOSTUNREACH; the signal's reason, which is the only end where nobody answers.
 */
export async function ping(libc: Libc, address: string, signal: AbortSignal): Promise<number> {
  signal.throwIfAborted();
  const family = isIPv6(address) ? 6 : 4;
  const socket = process.getBuiltinModule('node:dgram').createSocket(family === 6 ? 'udp6' : 'udp4');
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort);
  socket.on('error', reject);
  try {
    const fd = openSocket(libc, family);
    try {
      // from now on it is closed with the socket
      socket.bind({ fd });
    } catch (error) {
      libc.close(fd);
      throw error;
    }
    const request = requestOf(family);
    let sent = 0;
    socket.on('message', (reply) => {
      if (isReply(reply, request, family)) resolve((performance.now() - sent) / 1000);
    });
    // ports mean nothing here; connected, it hears of those errors that come back by ICMP
    socket.connect(1, address, (error?: Error) => {
      if (error !== undefined && error !== null) return reject(error);
      // nobody waits any more
      if (signal.aborted) return;
      sent = performance.now();
      socket.send(request, (failure) => failure && reject(failure));
    });
    return await promise;
  } finally {
    signal.removeEventListener('abort', abort);
    socket.close();
  }
}

function openSocket(libc: Libc, family: 4 | 6): number {
  const open = () =>
    family === 6
      ? libc.socket(AF.INET6, SOCK_DGRAM | SOCK_FLAGS, IPPROTO.ICMPV6)
      : libc.socket(AF.INET, SOCK_DGRAM | SOCK_FLAGS, IPPROTO.ICMP);
  let fd = open();
  // errno is believed the second time only, see Libc.errno
  if (fd < 0) fd = open();
  if (fd < 0) throw new SystemError('socket', libc.errno(), 'icmp');
  // without it only those errors are heard of that are there for good, and that a host cannot be reached is none of them (ip(7))
  const [level, option] = family === 6 ? [IPPROTO.IPV6, IPV6_RECVERR] : [IPPROTO.IP, IP_RECVERR];
  libc.setsockopt(fd, level, option, addressOfOne(libc), 4);
  return fd;
}

let one: bigint | undefined;

/** Where the number 1 is, as an int. */
function addressOfOne(libc: Libc): bigint {
  if (one === undefined) {
    const { address, buffer } = libc.map(4096);
    new Int32Array(buffer, 0, 1)[0] = 1;
    one = address;
  }
  return one;
}

function requestOf(family: 4 | 6): Buffer {
  const request = Buffer.alloc(header + payload);
  request[0] = echo[family].request;
  request.writeUInt16BE(1, 6);
  // nothing else that is sent has it
  // loaded where it is used: it takes a MiB, of every sidecar
  process.getBuiltinModule('node:crypto').randomBytes(payload).copy(request, header);
  return request;
}

function isReply(reply: Buffer, request: Buffer, family: 4 | 6): boolean {
  return reply[0] === echo[family].reply && reply.subarray(header).equals(request.subarray(header));
}
