import { TCP, type TcpHeader, type TcpOption } from '../decode/packet.ts';
import type { RelativeSequences } from './relative-sequences.ts';

/** The letters of tcpdump, in its order. */
const letters: readonly (readonly [number, string])[] = [
  [TCP.FIN, 'F'],
  [TCP.SYN, 'S'],
  [TCP.RST, 'R'],
  [TCP.PSH, 'P'],
  [TCP.ACK, '.'],
  [TCP.URG, 'U'],
  [TCP.ECE, 'E'],
  [TCP.CWR, 'W'],
  [TCP.AE, 'e'],
];

/** All sets of flags there are. */
const flagTexts: readonly string[] = Array.from({ length: 512 }, (_, flags) =>
  flags === 0 ? 'none' : letters.map(([flag, letter]) => (flags & flag ? letter : '')).join(''),
);

/**
 * TCP as tcpdump has it, behind the addresses: `Flags [P.], seq 1:79, ack 1, win 502, length 78`.
 * @param from address and port, and those of the other end: what numbers are relative to.
 */
export function tcpLine(tcp: TcpHeader, from: string, to: string, sequences: RelativeSequences | undefined): string {
  const { flags, window, urgent, options, payload } = tcp;
  sequences?.look(from, to, tcp);
  const sequence = sequences?.sequence ?? tcp.sequence;
  let text = `Flags [${flagTexts[flags & 511]}]`;
  if (payload > 0) text += `, seq ${sequence}:${(sequence + payload) >>> 0}`;
  else if ((flags & (TCP.SYN | TCP.FIN | TCP.RST)) !== 0) text += `, seq ${sequence}`;
  if ((flags & TCP.ACK) !== 0) text += `, ack ${sequences?.acknowledgement ?? tcp.acknowledgement}`;
  text += `, win ${window}`;
  if ((flags & TCP.URG) !== 0) text += `, urg ${urgent}`;
  if (options.length > 0) text += `, options [${optionsText(options, sequences?.acknowledged ?? 0)}]`;
  return `${text}, length ${payload}`;
}

function optionsText(options: readonly TcpOption[], acknowledged: number): string {
  let text = '';
  for (const option of options) {
    if (text !== '') text += ',';
    if (option.name === 'TS') text += `TS val ${option.value} ecr ${option.echo}`;
    else if (option.name === 'mss' || option.name === 'wscale') text += `${option.name} ${option.value}`;
    else if (option.name === 'sack') text += sackText(option.blocks, acknowledged);
    else text += option.name;
  }
  return text;
}

function sackText(blocks: readonly (readonly [number, number])[], acknowledged: number): string {
  const ranges = blocks.map(([start, end]) => `{${(start - acknowledged) >>> 0}:${(end - acknowledged) >>> 0}}`);
  return `sack ${blocks.length} ${ranges.join('')}`;
}
