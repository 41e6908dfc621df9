import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { EPOLL, Epoll } from '#shared/linux/epoll.ts';
import { type Libc, openLibc, SystemError } from '#shared/linux/libc.ts';
import { headerSize, NETLINK } from '#shared/linux/netlink/message.ts';
import { NetlinkSocket } from '#shared/linux/netlink/socket.ts';
import { decodeInet } from '../sockets/decode.ts';
import { SocketRecord } from '../sockets/record.ts';
import { closingSize, writeClosing } from './closing.ts';
import { groups, receiveBuffer } from './groups.ts';
import type { Report, Start } from './messages.ts';

/** How many closings are told at once. */
const batch = 512;

/**
 * How long it rests after it was woken, in milliseconds: at 17,000 connections a second ends come one by one, and to be woken for each, and to tell of each, cost
 * three times as much. What comes meanwhile finds room in the kernel.
 */
const rest = 2;

/**
 * Hears of each TCP connection of the namespace when its socket is destroyed, with its last numbers. In a thread of its own, since the kernel keeps only
 * some hundreds of them: while the main thread writes metrics they would be lost.
 */
function work(port: MessagePort, { wake }: Start, libc: Libc): void {
  const report = (message: Report, moved: ArrayBuffer[] = []) => port.postMessage(message, moved);
  const socket = new NetlinkSocket(libc, NETLINK.SOCK_DIAG, { groups, receiveBuffer });
  const epoll = new Epoll(libc, 2);
  if (!epoll.add(socket.fd, EPOLL.IN, 0) || !epoll.add(wake, EPOLL.IN, 1)) throw new SystemError('epoll_ctl', libc.errno());
  report({ type: 'listening' });
  const record = new SocketRecord();
  const nobody = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    const count = epoll.wait(-1);
    Atomics.wait(nobody, 0, 0, rest);
    for (let index = 0; index < count; index += 1) {
      if (epoll.tag(index) === 1) {
        port.close();
        return;
      }
      while (readBatch(socket, record, report));
    }
  }
}

/** Where a batch is gathered. */
const gathered = new Float64Array(batch * closingSize);

/** Reads what is there, up to a batch, and tells it. @returns whether there may be more. */
function readBatch(
  socket: NetlinkSocket,
  record: SocketRecord,
  report: (message: Report, moved?: ArrayBuffer[]) => void,
): boolean {
  let count = 0;
  let more = true;
  while (count < batch && more) {
    try {
      const length = socket.receive();
      more = length > 0;
      // each event comes by itself
      if (more && decodeInet(socket.received, headerSize, length, record) && record.remotePort !== 0)
        writeClosing(record, gathered, closingSize * count++);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      report({ type: 'lost' });
    }
  }
  if (count > 0) {
    const closings = gathered.slice(0, count * closingSize);
    report({ type: 'closings', closings }, [closings.buffer]);
  }
  return more;
}

if (parentPort !== null) work(parentPort, workerData, openLibc());
