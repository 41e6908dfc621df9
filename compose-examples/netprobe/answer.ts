// The thread that answers. While it is busy its listener stays open, and the kernel alone takes connections, up to its backlog.
import { createServer } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';

const busy: Int32Array = workerData;

/** How many connections may wait to be accepted. A program that names none has 511 in Node, or what net.core.somaxconn allows. */
const backlog = 16;

const server = createServer((_request, response) => response.end('here\n'));
server.listen({ port: 8080, backlog }, () => parentPort?.postMessage('listening'));

// as a program that computes, or waits for its disk, in the thread that accepts
parentPort?.on('message', () => Atomics.wait(busy, 0, 1));
