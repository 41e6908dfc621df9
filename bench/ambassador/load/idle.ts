import { EPOLL } from '#shared/linux/epoll.ts';
import type { Loop } from './loop.ts';

/** How many clients may wait for their byte at the same time. */
const batch = 100;

/**
 * Makes so many connections, which stay. Each carries a byte each way first, which proves it whole.
 * @throws Error where one of them fails, or carries nothing.
 */
export function idle(loop: Loop, port: number, count: number): void {
  for (let left = count; left > 0; left -= batch) more(loop, port, Math.min(batch, left));
}

function more(loop: Loop, port: number, count: number): void {
  let answered = 0;
  for (const client of loop.connect(port, count)) {
    loop.rewatch(client, EPOLL.IN, (fd) => {
      if (loop.read(fd, 1) !== 1) throw new Error('an idle connection ended');
      answered += 1;
    });
    if (loop.send(client, 1) !== 1) throw loop.failure('send');
  }
  loop.run(20_000, () => answered === count);
  if (answered < count) throw new Error(`${count - answered} of ${count} connections carry nothing`);
}
