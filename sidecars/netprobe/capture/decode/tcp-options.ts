import { longAt, shortAt } from './big-endian.ts';
import type { TcpOption } from './packet.ts';

const endOfList: TcpOption = { name: 'eol' };
const noOperation: TcpOption = { name: 'nop' };
const sackPermitted: TcpOption = { name: 'sackOK' };

/**
 * Takes options of TCP apart, as far as they are whole.
 * @param into takes them, in their order.
 * @returns whether all of them are.
 */
export function tcpOptions(bytes: Uint8Array, start: number, end: number, into: TcpOption[]): boolean {
  for (let at = start; at < end; ) {
    const kind = bytes[at] ?? 0;
    if (kind === 0) {
      into.push(endOfList);
      return true;
    }
    if (kind === 1) {
      into.push(noOperation);
      at += 1;
      continue;
    }
    const length = at + 1 < end ? (bytes[at + 1] ?? 0) : 0;
    if (length < 2 || at + length > end) return false;
    into.push(optionOf(bytes, kind, at + 2, length - 2));
    at += length;
  }
  return true;
}

/** @param at where its content begins @param length of the content; that of a known kind with another length is not known */
function optionOf(bytes: Uint8Array, kind: number, at: number, length: number): TcpOption {
  if (kind === 2 && length === 2) return { name: 'mss', value: shortAt(bytes, at) };
  if (kind === 3 && length === 1) return { name: 'wscale', value: bytes[at] ?? 0 };
  if (kind === 4 && length === 0) return sackPermitted;
  if (kind === 5 && length > 0 && length % 8 === 0) {
    const blocks = Array.from(
      { length: length / 8 },
      (_, block) => [longAt(bytes, at + 8 * block), longAt(bytes, at + 8 * block + 4)] as const,
    );
    return { name: 'sack', blocks };
  }
  if (kind === 8 && length === 8) return { name: 'TS', value: longAt(bytes, at), echo: longAt(bytes, at + 4) };
  return { name: `opt-${kind}`, bytes: length };
}
