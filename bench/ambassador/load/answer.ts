import { EPOLL } from '#shared/linux/epoll.ts';
import type { SocketName } from '#shared/linux/socket.ts';
import type { Loop } from './loop.ts';
import type { Tasks, Told } from './task.ts';

/** Milliseconds between two attempts. */
const pause = 0.5;

/**
 * Connects and asks for an echo, over and over, until there is one: then a proxy is ready, and not only listening.
 * @returns when that was, in milliseconds since the epoch; null where there is none within so many milliseconds.
 */
export function answer(loop: Loop, { port, milliseconds }: Told<Tasks, 'answer'>): number | null {
  const name: SocketName = { type: 'tcp', family: 4, address: '127.0.0.1', port };
  let answered = false;
  for (const end = performance.now() + milliseconds; performance.now() < end; ) {
    const fd = loop.sockets.open(name);
    let failed = fd < 0 || loop.sockets.connect(fd, name) !== 0;
    if (!failed)
      loop.watch(fd, EPOLL.OUT, () => {
        failed = loop.send(fd, 1) !== 1;
        if (failed) return;
        loop.rewatch(fd, EPOLL.IN, () => {
          answered = loop.read(fd, 1) === 1;
          failed = !answered;
        });
      });
    loop.run(1000, () => failed || answered);
    if (fd >= 0) loop.reset(fd);
    if (answered) return performance.timeOrigin + performance.now();
    loop.run(pause);
  }
  return null;
}
