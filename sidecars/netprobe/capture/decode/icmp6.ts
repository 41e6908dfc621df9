import { ip6At } from './address-text.ts';
import { longAt, shortAt } from './big-endian.ts';
import { bytesLeft, type Draft } from './draft.ts';
import { portWords, quotedIp6 } from './quoted.ts';

const unreachable: Readonly<Record<number, string>> = {
  0: 'unreachable route',
  1: 'unreachable prohibited',
  2: 'beyond scope',
  3: 'unreachable address',
  4: 'unreachable port',
  5: 'source address failed policy',
  6: 'reject route',
};

const problems: Readonly<Record<number, string>> = { 0: 'erroneous', 1: 'next header', 2: 'option' };

const kinds: Readonly<Record<number, string>> = {
  1: 'destination unreachable',
  2: 'packet too big',
  3: 'time exceeded in-transit',
  4: 'parameter problem',
  128: 'echo request',
  129: 'echo reply',
  130: 'multicast listener query',
  131: 'multicast listener report',
  132: 'multicast listener done',
  133: 'router solicitation',
  134: 'router advertisement',
  135: 'neighbor solicitation',
  136: 'neighbor advertisement',
  137: 'redirect',
  138: 'router renumbering',
  139: 'node information query',
  140: 'node information reply',
  141: 'inverse neighbor solicitation',
  142: 'inverse neighbor advertisement',
  143: 'multicast listener report v2',
  144: 'ha discovery request',
  145: 'ha discovery reply',
  146: 'mobile router solicitation',
  147: 'mobile router advertisement',
};

/** Takes an ICMPv6 message apart (RFC 4443, 4861 and 3810). */
export function takeIcmp6(draft: Draft, bytes: Uint8Array): void {
  const at = draft.payloadStart;
  if (bytesLeft(draft) < 8) {
    draft.cut = 'icmp6';
    return;
  }
  const [kind, code] = [bytes[at] ?? 0, bytes[at + 1] ?? 0];
  draft.payloadStart = at + 8;
  const name = kinds[kind] ?? `unknown icmp6 type (${kind})`;
  if (kind === 128 || kind === 129) {
    const [id, sequence] = [shortAt(bytes, at + 4), shortAt(bytes, at + 6)];
    draft.transport = { type: 'icmp6', kind, code, words: `${name}, id ${id}, seq ${sequence}`, id, sequence };
  } else draft.transport = { type: 'icmp6', kind, code, words: name + detail(draft, bytes, kind, code, at) };
}

function detail(draft: Draft, bytes: Uint8Array, kind: number, code: number, at: number): string {
  const { payloadEnd } = draft;
  switch (kind) {
    case 1:
      return `, ${unreachableWords(draft, bytes, code, at)}`;
    case 2:
      return `, mtu ${longAt(bytes, at + 4)}`;
    case 3: {
      if (code === 1) return ' (reassembly)';
      if (code !== 0) return `, unknown code (${code})`;
      const quoted = quotedIp6(bytes, at + 8, payloadEnd);
      if (quoted === undefined) draft.cut = 'icmp6';
      return quoted === undefined ? '' : ` for ${quoted.destination}`;
    }
    case 4:
      return problems[code] === undefined ? `, code-#${code}` : `, ${problems[code]} - octet ${longAt(bytes, at + 4)}`;
    case 130:
      return payloadEnd - at < 28 ? listener(draft, bytes, at) : ` v2 ${listenerQuery(bytes, at)}`;
    case 131:
    case 132:
      return listener(draft, bytes, at);
    case 135:
      return addressBehind(draft, bytes, at + 8, ', who has ');
    case 136:
      return addressBehind(draft, bytes, at + 8, ', tgt is ');
    case 137:
      return addressBehind(draft, bytes, at + 24, ', ') + addressBehind(draft, bytes, at + 8, ' to ');
    case 143:
      return `, ${shortAt(bytes, at + 6)} group record(s)`;
    default:
      return '';
  }
}

function unreachableWords(draft: Draft, bytes: Uint8Array, code: number, at: number): string {
  const words = unreachable[code] ?? `unknown unreach code (${code})`;
  const quoted = quotedIp6(bytes, at + 8, draft.payloadEnd);
  const port = quoted === undefined ? undefined : portWords(quoted);
  if (quoted === undefined || (code === 4 && port === undefined)) {
    draft.cut = 'icmp6';
    return words;
  }
  if (code === 4) return `${words}, ${port}`;
  return `${words} ${quoted.destination}${code === 2 ? `, source address ${quoted.source}` : ''}`;
}

/** MLD of version 1 (RFC 2710). */
function listener(draft: Draft, bytes: Uint8Array, at: number): string {
  return ` max resp delay: ${shortAt(bytes, at + 4)}${addressBehind(draft, bytes, at + 8, ' addr: ')}`;
}

/** MLD of version 2 (RFC 3810, section 5.1). */
function listenerQuery(bytes: Uint8Array, at: number): string {
  const sources = shortAt(bytes, at + 26);
  return `[gaddr ${ip6At(bytes, at + 8)}${sources === 0 ? '' : `, ${sources} source(s)`}]`;
}

/** Words and an address; nothing where that was not captured. */
function addressBehind(draft: Draft, bytes: Uint8Array, at: number, words: string): string {
  if (at + 16 <= draft.payloadEnd) return words + ip6At(bytes, at);
  draft.cut = 'icmp6';
  return '';
}
