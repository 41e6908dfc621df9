import { createHistogram } from 'node:perf_hooks';
import { EPOLL } from '#shared/linux/epoll.ts';
import type { Loop } from './loop.ts';
import type { Tasks, Told } from './task.ts';
import { observed, type Window } from './window.ts';

/** Round trips of small messages. */
export interface Ping extends Window {
  readonly trips: number;
  /** The time that one took, in seconds: half of them less, and all but a hundredth of them. */
  readonly p50: number;
  readonly p99: number;
}

/** Bytes of a message. */
const size = 64;

/** So many clients send a message and wait for it to come back, over and over. @throws Error where a connection fails. */
export function ping(loop: Loop, { port, seconds, proxy, clients: count }: Told<Tasks, 'ping'>): Ping {
  const times = createHistogram({ lowest: 1, highest: 60e9, figures: 3 });
  const sent: number[] = [];
  const got: number[] = [];
  const begin = (fd: number) => {
    sent[fd] = performance.now();
    got[fd] = 0;
    if (loop.send(fd, size) !== size) throw loop.failure('send');
  };
  const clients = loop.connect(port, count);
  for (const client of clients) {
    loop.rewatch(client, EPOLL.IN, (fd) => {
      const taken = loop.read(fd, size);
      if (taken === 0) throw new Error('a connection ended while it waited for an answer');
      if (taken < 0) return loop.check('read');
      got[fd] = (got[fd] ?? 0) + taken;
      if (got[fd] < size) return;
      times.record(Math.max(1, Math.round((performance.now() - (sent[fd] ?? 0)) * 1e6)));
      begin(fd);
    });
    begin(client);
  }
  const window = observed(proxy, seconds, {
    run: (milliseconds, done) => void loop.run(milliseconds, done),
    begin: () => times.reset(),
    some: () => times.count > 0,
  });
  if (times.count === 0) throw new Error('no answer came back');
  return { trips: times.count, p50: times.percentile(50) / 1e9, p99: times.percentile(99) / 1e9, ...window };
}
