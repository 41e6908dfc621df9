import { ip4At } from './address-text.ts';
import { longAt, shortAt } from './big-endian.ts';
import { bytesLeft, type Draft } from './draft.ts';
import { portWords, quotedIp4 } from './quoted.ts';

/** What an unreachable destination is; % is its address. */
const unreachable: Readonly<Record<number, string>> = {
  0: 'net % unreachable',
  1: 'host % unreachable',
  5: '% unreachable - source route failed',
  6: 'net % unreachable - unknown',
  7: 'host % unreachable - unknown',
  8: '% unreachable - source host isolated',
  9: 'net % unreachable - admin prohibited',
  10: 'host % unreachable - admin prohibited',
  11: 'net % unreachable - tos prohibited',
  12: 'host % unreachable - tos prohibited',
  13: 'host % unreachable - admin prohibited filter',
  14: 'host % unreachable - host precedence violation',
  15: 'host % unreachable - precedence cutoff',
};

const redirects: Readonly<Record<number, string>> = {
  0: 'redirect % to net',
  1: 'redirect % to host',
  2: 'redirect-tos % to net',
  3: 'redirect-tos % to host',
};

const kinds: Readonly<Record<number, string>> = {
  4: 'source quench',
  10: 'router solicitation',
  15: 'information request',
  16: 'information reply',
  17: 'address mask request',
};

/** Takes an ICMP message apart (RFC 792). */
export function takeIcmp(draft: Draft, bytes: Uint8Array): void {
  const at = draft.payloadStart;
  if (bytesLeft(draft) < 8) {
    draft.cut = 'icmp';
    return;
  }
  const [kind, code] = [bytes[at] ?? 0, bytes[at + 1] ?? 0];
  draft.payloadStart = at + 8;
  if (kind === 0 || kind === 8) {
    const [id, sequence] = [shortAt(bytes, at + 4), shortAt(bytes, at + 6)];
    const words = `echo ${kind === 8 ? 'request' : 'reply'}, id ${id}, seq ${sequence}`;
    draft.transport = { type: 'icmp', kind, code, words, id, sequence };
  } else draft.transport = { type: 'icmp', kind, code, words: wordsOf(draft, bytes, kind, code, at) };
}

function wordsOf(draft: Draft, bytes: Uint8Array, kind: number, code: number, at: number): string {
  switch (kind) {
    case 3:
      return unreachableWords(draft, bytes, code, at);
    case 5: {
      const pattern = redirects[code] ?? `redirect-#${code} % to net`;
      return `${about(draft, bytes, at, pattern)} ${ip4At(bytes, at + 4)}`;
    }
    case 9:
      return advertisementWords(draft, bytes, at);
    case 11:
      if (code === 0) return 'time exceeded in-transit';
      return code === 1 ? 'ip reassembly time exceeded' : `time exceeded-#${code}`;
    case 12:
      return code === 0 ? `parameter problem - octet ${bytes[at + 4]}` : `parameter problem - code ${code}`;
    case 13:
      return `time stamp query id ${shortAt(bytes, at + 4)} seq ${shortAt(bytes, at + 6)}`;
    case 14:
      return `time stamp reply id ${shortAt(bytes, at + 4)} seq ${shortAt(bytes, at + 6)}`;
    case 18:
      if (draft.payloadEnd < at + 12) return 'address mask reply';
      return `address mask is 0x${longAt(bytes, at + 8)
        .toString(16)
        .padStart(8, '0')}`;
    default:
      return kinds[kind] ?? `type-#${kind}`;
  }
}

function unreachableWords(draft: Draft, bytes: Uint8Array, code: number, at: number): string {
  const quoted = quotedIp4(bytes, at + 8, draft.payloadEnd);
  if (code === 2 && quoted !== undefined) return `${quoted.destination} protocol ${quoted.protocol} unreachable`;
  if (code === 2) return about(draft, bytes, at, '% protocol unreachable');
  if (code === 3) {
    const port = quoted === undefined ? undefined : portWords(quoted);
    if (port !== undefined) return `${port} unreachable`;
    draft.cut = 'icmp';
    return about(draft, bytes, at, '% port unreachable');
  }
  if (code === 4) {
    const mtu = shortAt(bytes, at + 6);
    return about(draft, bytes, at, `% unreachable - need to frag${mtu === 0 ? '' : ` (mtu ${mtu})`}`);
  }
  return about(draft, bytes, at, unreachable[code] ?? `% unreachable - #${code}`);
}

/** Words about where the quoted packet was to go, without it where that was not captured. */
function about(draft: Draft, bytes: Uint8Array, at: number, pattern: string): string {
  const quoted = quotedIp4(bytes, at + 8, draft.payloadEnd);
  if (quoted !== undefined) return pattern.replace('%', quoted.destination);
  draft.cut = 'icmp';
  return pattern.replace(/% | %/, '');
}

/** RFC 1256. */
function advertisementWords({ payloadEnd }: Draft, bytes: Uint8Array, at: number): string {
  const [count, size, lifetime] = [bytes[at + 4] ?? 0, bytes[at + 5] ?? 0, shortAt(bytes, at + 6)];
  const begin = `router advertisement lifetime ${clock(lifetime)} ${count}:`;
  if (size !== 2) return `${begin} [size ${size}]`;
  const routers: string[] = [];
  for (let next = at + 8; next + 8 <= payloadEnd && routers.length < count; next += 8)
    routers.push(` {${ip4At(bytes, next)} ${longAt(bytes, next + 4)}}`);
  return begin + routers.join('');
}

/** Seconds as `30`, `1:30`, `1:00:30`. */
function clock(seconds: number): string {
  const two = (number: number) => String(number).padStart(2, '0');
  if (seconds < 60) return String(seconds);
  if (seconds < 3600) return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
  return `${Math.floor(seconds / 3600)}:${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
}
