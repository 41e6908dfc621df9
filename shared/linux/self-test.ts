import { EPOLL, Epoll } from './epoll.ts';
import { errnos } from './errno.ts';
import { type Libc, SystemError } from './libc.ts';

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const O_NONBLOCK = 0x800;
const O_CLOEXEC = 0x80000;
const SPLICE_F_NONBLOCK = 2;

/**
 * Does once, in a second's thousandth, what an engine on top of this does all the time: errno, the layout of epoll's events, and
 * splice from a socket through a pipe to a socket, with every byte looked at.
 * @throws Error that says what is not as it has to be: another C library, a seccomp filter, an unknown kernel.
 */
export function selfTest(libc: Libc): void {
  const fds: number[] = [];
  try {
    if (libc.close(-1) !== -1 || libc.errno() === 0) throw new Error('errno cannot be read');
    const memory = libc.map(8192);
    const words = new Int32Array(memory.buffer);
    const pair = (make: () => number, call: string): [number, number] => {
      if (make() !== 0) throw new SystemError(call, libc.errno());
      const made: [number, number] = [words[0] ?? -1, words[1] ?? -1];
      fds.push(...made);
      return made;
    };
    const socketPair = () => libc.socketpair(AF_UNIX, SOCK_STREAM | O_NONBLOCK | O_CLOEXEC, 0, memory.address);
    const [near, source] = pair(socketPair, 'socketpair');
    const [target, far] = pair(socketPair, 'socketpair');
    const [pipeOut, pipeIn] = pair(() => libc.pipe2(memory.address, O_NONBLOCK | O_CLOEXEC), 'pipe2');
    const epoll = new Epoll(libc, 4);
    fds.push(epoll.fd);

    if (libc.read(near, memory.address, 8) !== -1 || libc.errno() !== errnos.EAGAIN) throw new Error('EAGAIN is not seen');
    const tag = 0x1234567;
    if (!epoll.add(source, EPOLL.IN | EPOLL.ET, tag)) throw new SystemError('epoll_ctl', libc.errno());
    const bytes = new Uint8Array(memory.buffer);
    const sent = Array.from({ length: 256 }, (_, index) => (index * 7) & 255);
    bytes.set(sent, 4096);
    if (libc.write(near, memory.address + 4096n, sent.length) !== sent.length) throw new SystemError('write', libc.errno());
    const seen = epoll.wait(1000) === 1 && epoll.descriptor(0) === source && epoll.tag(0) === tag;
    if (!seen || (epoll.events(0) & EPOLL.IN) === 0) throw new Error('the events of epoll are not where they are looked for');
    const into = libc.splice(source, 0n, pipeIn, 0n, 65536, SPLICE_F_NONBLOCK);
    if (into !== sent.length) throw new SystemError('splice', libc.errno(), 'into a pipe');
    const out = libc.splice(pipeOut, 0n, target, 0n, into, SPLICE_F_NONBLOCK);
    if (out !== sent.length) throw new SystemError('splice', libc.errno(), 'out of a pipe');
    bytes.fill(0, 4096);
    const got = libc.read(far, memory.address + 4096n, 4096);
    if (got !== sent.length || sent.some((value, index) => bytes[4096 + index] !== value))
      throw new Error('splice changes bytes');
  } finally {
    for (const fd of fds) libc.close(fd);
  }
}
