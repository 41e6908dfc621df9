import { receivedBytes } from '../sockets/payload.ts';
import type { Entry } from './entry.ts';
import type { Rate } from './rates.ts';

/** Whose a socket is. */
export interface SocketOwner {
  readonly pid: number;
  readonly name: string;
  readonly fd: number;
}

/** A socket as JSON: times in seconds, amounts in bytes; what is not known is left out. */
export function jsonOf(
  entry: Entry,
  rate: Rate | undefined,
  owners: readonly SocketOwner[] | undefined,
): Record<string, unknown> {
  const { netid, state, source, sourcePort, destination, destinationPort, receiveQueue, sendQueue, uid, inode, record } = entry;
  const isUnix = entry.family === 'unix';
  return {
    netid,
    state,
    receiveQueue,
    sendQueue,
    local: isUnix ? { path: source } : { address: source, port: sourcePort },
    peer: isUnix ? { inode: destinationPort } : { address: destination, port: destinationPort },
    uid,
    inode,
    ...(record !== undefined && (state === 'LISTEN' || netid === 'udp') && { drops: record.drops }),
    ...(record?.hasInfo === true &&
      state !== 'LISTEN' && {
        tcp: {
          rttSeconds: record.rtt / 1e6,
          minRttSeconds: record.minRtt / 1e6,
          sentBytes: record.sent,
          acknowledgedBytes: record.acknowledged,
          receivedBytes: receivedBytes(record),
          retransmittedBytes: record.retransmitted,
          retransmits: record.retransmits,
          unsentBytes: record.unsent,
          congestionWindow: record.window,
          segmentSize: record.segmentSize,
          deliveryRate: record.deliveryRate,
          congestion: record.congestion,
        },
      }),
    ...(rate && { receivedBytesPerSecond: rate.received, sentBytesPerSecond: rate.sent }),
    ...(owners && { processes: owners }),
  };
}
