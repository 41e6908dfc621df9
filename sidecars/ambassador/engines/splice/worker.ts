import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { openLibc } from '#shared/linux/libc.ts';
import { Loop } from './loop.ts';
import type { Order, Report, Start } from './messages.ts';

/** The thread of the splice engine. Its loop blocks in epoll, so its messages are fetched when the eventfd says that there are some. */
function work(port: MessagePort, start: Start): void {
  const report = (message: Report) => port.postMessage(message);
  const loop = new Loop(openLibc(), start, report);
  loop.run(() => {
    for (let got = receiveMessageOnPort(port); got !== undefined; got = receiveMessageOnPort(port))
      obey(loop, got.message, report);
  });
  // where the process exits, which waits for it
  loop.end();
  const ending = new Int32Array(start.ending);
  Atomics.store(ending, 0, 2);
  Atomics.notify(ending, 0);
  port.close();
}

function obey(loop: Loop, order: Order, report: (message: Report) => void): void {
  if (order.type === 'backends') loop.setBackends(order.route, order.backends);
  else if (order.type === 'forget') loop.forget(order.route);
  else if (order.type === 'drain') loop.drain(() => report({ type: 'done', id: order.id }));
  else {
    let isDone = true;
    if (order.type === 'listen') isDone = loop.listen(order.key, order.fd, order.route);
    else if (order.type === 'unlisten') loop.unlisten(order.key);
    else loop.end();
    report({ type: isDone ? 'done' : 'unwatched', id: order.id });
  }
}

if (parentPort !== null) work(parentPort, workerData);
