import { EPOLL } from '#shared/linux/epoll.ts';
import { errnos } from '#shared/linux/errno.ts';
import type { SocketName } from '#shared/linux/socket.ts';
import type { Handler, Loop } from './loop.ts';
import type { Tasks, Told } from './task.ts';
import { observed, type Window } from './window.ts';

/** Connections that were made, used for one byte each way, and closed. */
export interface Connects extends Window {
  readonly connections: number;
  /** Those that ended before their byte came back. */
  readonly failed: number;
}

/** Connections at the same time. */
const flight = 32;

/** Makes connections, one after the other in each of a few places. @throws Error where none can be made at all. */
export function connects(loop: Loop, { port, seconds, proxy }: Told<Tasks, 'connects'>): Connects {
  const name: SocketName = { type: 'tcp', family: 4, address: '127.0.0.1', port };
  const open = new Set<number>();
  let connections = 0;
  let failed = 0;
  const end = (fd: number, well: boolean) => {
    open.delete(fd);
    loop.close(fd);
    if (well) connections += 1;
    else failed += 1;
  };
  const answered: Handler = (fd) => end(fd, loop.read(fd, 1) === 1);
  const connected: Handler = (fd) => {
    if (loop.send(fd, 1) === 1) loop.rewatch(fd, EPOLL.IN, answered);
    else end(fd, false);
  };
  const begin = () => {
    const fd = loop.sockets.open(name);
    if (fd < 0) throw loop.failure('socket');
    open.add(fd);
    if (loop.sockets.connect(fd, name) !== 0) return end(fd, false);
    // on loopback it is connected already, but where the other end's queue is full
    if (loop.send(fd, 1) === 1) loop.watch(fd, EPOLL.IN, answered);
    else if (loop.libc.errno() === errnos.EAGAIN) loop.watch(fd, EPOLL.OUT, connected);
    else end(fd, false);
  };
  const fill = () => {
    for (let left = flight - open.size; left > 0; left -= 1) begin();
    return false;
  };
  const window = observed(proxy, seconds, {
    run: (milliseconds, done) => void loop.run(milliseconds, () => fill() || done()),
    begin: () => {
      connections = 0;
      failed = 0;
    },
    some: () => connections > 0,
  });
  if (connections === 0) throw new Error(`not one connection came about, and ${failed} failed`);
  return { connections, failed, ...window };
}
