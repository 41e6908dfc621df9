import { longAt, shortAt } from './big-endian.ts';
import { bytesLeft, type Draft } from './draft.ts';
import type { TcpOption } from './packet.ts';
import { tcpOptions } from './tcp-options.ts';

/**
 * Takes a TCP header apart (RFC 9293).
 * @param wireEnd where the packet ended on the wire, as an offset in the bytes.
 */
export function takeTcp(draft: Draft, bytes: Uint8Array, wireEnd: number): void {
  const at = draft.payloadStart;
  const size = ((bytes[at + 12] ?? 0) >> 4) * 4;
  if (bytesLeft(draft) < 20 || size < 20 || at + size > wireEnd) {
    draft.cut = 'tcp';
    return;
  }
  const end = Math.min(at + size, draft.payloadEnd);
  const options: TcpOption[] = [];
  if (!tcpOptions(bytes, at + 20, end, options) || end < at + size) draft.cut = 'tcp';
  draft.transport = {
    type: 'tcp',
    sourcePort: shortAt(bytes, at),
    destinationPort: shortAt(bytes, at + 2),
    sequence: longAt(bytes, at + 4),
    acknowledgement: longAt(bytes, at + 8),
    flags: shortAt(bytes, at + 12) & 0x1ff,
    window: shortAt(bytes, at + 14),
    urgent: shortAt(bytes, at + 18),
    options,
    payload: wireEnd - at - size,
  };
  draft.payloadStart = end;
}
