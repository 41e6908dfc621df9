import { NLM_F, request } from '#shared/linux/netlink/message.ts';
import { INET_DIAG, TYPE, UDIAG_SHOW } from './layout.ts';
import { TCP } from './record.ts';

/** Every state but that of a listener. */
export const connectedStates = 0xfff & ~(1 << TCP.LISTEN);

/** Only listeners. */
export const listeningState = 1 << TCP.LISTEN;

/** What is told beside the message, a bit for each. */
export const extension = {
  info: 1 << (INET_DIAG.INFO - 1),
  congestion: 1 << (INET_DIAG.CONG - 1),
  memory: 1 << (INET_DIAG.SKMEMINFO - 1),
} as const;

/**
 * Asks for TCP sockets of IPv4 and IPv6 in one walk through the table of the host: struct inet_diag_req (linux/inet_diag.h) behind the
 * old type TCPDIAG_GETSOCK, which is half the work of two dumps by family.
 * @param states a bit for each state, as {@link connectedStates}
 */
export function askTcp(states: number, extensions: number): Uint8Array {
  const body = new Uint8Array(60);
  const view = new DataView(body.buffer);
  view.setUint8(0, 2);
  view.setUint8(3, extensions);
  view.setUint32(52, states, true);
  return request(TYPE.TCPDIAG_GETSOCK, NLM_F.DUMP, body);
}

/** Asks for sockets of one family and protocol: struct inet_diag_req_v2 (linux/inet_diag.h). @param family 2 or 10 @param protocol 6 or 17 */
export function askInet(family: number, protocol: number, states: number, extensions: number): Uint8Array {
  const body = new Uint8Array(56);
  const view = new DataView(body.buffer);
  view.setUint8(0, family);
  view.setUint8(1, protocol);
  view.setUint8(2, extensions);
  view.setUint32(4, states, true);
  return request(TYPE.BY_FAMILY, NLM_F.DUMP, body);
}

/** Asks for all Unix sockets: struct unix_diag_req (linux/unix_diag.h). */
export function askUnix(): Uint8Array {
  const body = new Uint8Array(24);
  const view = new DataView(body.buffer);
  view.setUint8(0, 1);
  view.setUint32(4, 0xffff_ffff, true);
  view.setUint32(12, UDIAG_SHOW.NAME | UDIAG_SHOW.PEER | UDIAG_SHOW.RQLEN | UDIAG_SHOW.UID | UDIAG_SHOW.MEMINFO, true);
  return request(TYPE.BY_FAMILY, NLM_F.DUMP, body);
}
