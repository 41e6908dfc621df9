import { type SocketRecord, TCP } from './record.ts';

/** What came, without the FIN of the other side, which the kernel counts as a byte (tcp_rcv_nxt_update, net/ipv4/tcp_input.c). */
export function receivedBytes({ state, received }: Pick<SocketRecord, 'state' | 'received'>): number {
  const hasFin = state === TCP.CLOSE_WAIT || state === TCP.LAST_ACK || state === TCP.CLOSING;
  return hasFin ? Math.max(0, received - 1) : received;
}
