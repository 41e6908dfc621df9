import { parentPort, workerData } from 'node:worker_threads';
import { openLibc } from '#shared/linux/libc.ts';
import { captureUntilStopped } from './ring/capture-until-stopped.ts';

// in a thread of its own: it waits for the kernel, and nothing else may keep it from the ring
if (parentPort !== null) {
  const port = parentPort;
  void captureUntilStopped(openLibc(), port, workerData).finally(() => port.close());
}
