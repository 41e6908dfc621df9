import { shortAt } from './big-endian.ts';
import { dnsMessage } from './dns/message.ts';
import type { Draft } from './draft.ts';
import { httpMessage } from './http.ts';
import type { Application, TcpHeader, UdpHeader } from './packet.ts';
import { postgresMessages } from './postgres/messages.ts';
import { redisMessages } from './redis/messages.ts';
import { tlsRecords } from './tls/records.ts';

/** Where DNS is, also that of the link (RFC 6762 and 4795). */
const dnsPorts: readonly number[] = [53, 5353, 5355];

/**
 * Tells what a payload is. Content decides; ports only where content may be of several. A payload that does not begin with a message, as it
 * is the middle of a stream, is nothing: a wrong guess is worse than none.
 */
export function applicationOf({ transport, payloadStart, payloadEnd }: Draft, bytes: Uint8Array): Application | undefined {
  if (payloadStart >= payloadEnd) return undefined;
  if (transport?.type === 'udp') return datagramOf(transport, bytes, payloadStart, payloadEnd);
  return transport?.type === 'tcp' ? segmentOf(transport, bytes, payloadStart, payloadEnd) : undefined;
}

function datagramOf(udp: UdpHeader, bytes: Uint8Array, start: number, end: number): Application | undefined {
  return dnsMessage(bytes, start, end, isDns(udp) ? 'likely' : 'exact');
}

function segmentOf(tcp: TcpHeader, bytes: Uint8Array, start: number, end: number): Application | undefined {
  return (
    tlsRecords(bytes, start, end) ??
    httpMessage(bytes, start, end) ??
    (isDns(tcp) ? streamedDns(bytes, start, end) : undefined) ??
    redisMessages(tcp, bytes, start, end) ??
    postgresMessages(tcp, bytes, start, end)
  );
}

/** The first of the messages in a segment, which have their length before them (RFC 1035, section 4.2.2). */
function streamedDns(bytes: Uint8Array, start: number, end: number): Application | undefined {
  if (end - start < 14) return undefined;
  return dnsMessage(bytes, start + 2, Math.min(end, start + 2 + shortAt(bytes, start)), 'likely');
}

function isDns({ sourcePort, destinationPort }: { readonly sourcePort: number; readonly destinationPort: number }): boolean {
  return dnsPorts.includes(sourcePort) || dnsPorts.includes(destinationPort);
}
