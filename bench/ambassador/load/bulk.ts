import { EPOLL } from '#shared/linux/epoll.ts';
import type { Copyless } from './copyless.ts';
import type { Loop } from './loop.ts';
import type { Tasks, Told } from './task.ts';
import { observed, type Window } from './window.ts';

/** What arrived at all clients together. */
export interface Bulk extends Window {
  readonly bytes: number;
}

/** So many clients take as much as their backends send. @throws Error where one of them is left without. */
export function bulk(loop: Loop, { discard }: Copyless, { port, seconds, proxy, clients: count }: Told<Tasks, 'bulk'>): Bulk {
  let bytes = 0;
  const clients = loop.connect(port, count);
  for (const client of clients)
    loop.rewatch(client, EPOLL.IN, (fd) => {
      const taken = discard(fd, 2 ** 20);
      if (taken === 0) throw new Error('a connection ended while it carried bulk data');
      if (taken > 0) bytes += taken;
      else loop.check('recv');
    });
  const window = observed(proxy, seconds, {
    run: (milliseconds, done) => void loop.run(milliseconds, done),
    begin: () => {
      bytes = 0;
    },
    some: () => bytes > 0,
  });
  if (bytes === 0) throw new Error('no byte came');
  return { bytes, ...window };
}
