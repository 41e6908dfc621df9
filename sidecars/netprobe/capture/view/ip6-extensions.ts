import type { Ip6Header } from '../decode/packet.ts';
import type { Frame } from '../frame.ts';
import { shortIn } from './packet-bytes.ts';

/** What extension headers say, and how long all headers are: the fixed one too, in bytes. */
export interface Ip6Extensions {
  /** As tcpdump has it, with a space behind each: `HBH frag (0|1448) `; empty where there are none. */
  readonly text: string;
  readonly length: number;
}

const none: Ip6Extensions = { text: '', length: 40 };

/** Headers that are told by a word alone: hop by hop, destination, authentication (RFC 4302), mobility (RFC 6275), HIP (RFC 7401), shim6 (RFC 5533). */
const words: Readonly<Record<number, string>> = {
  0: 'HBH ',
  51: 'AH ',
  60: 'DSTOPT ',
  135: 'mobility ',
  139: 'HIP ',
  140: 'shim6 ',
};

const routing = 43;
const fragment = 44;
const authentication = 51;

/** Looks through the headers between IPv6 and its content. @param start where its header begins */
export function ip6Extensions(frame: Frame, start: number, ip: Ip6Header): Ip6Extensions {
  const { bytes, end } = frame;
  let next = bytes[start + 6] ?? 0;
  if (next === ip.protocol) return none;
  let text = '';
  let at = start + 40;
  while (next !== ip.protocol && at + 8 <= end) {
    const units = bytes[at + 1] ?? 0;
    let length = (units + 1) * 8;
    if (next === fragment) {
      length = 8;
      text += `frag (${shortIn(frame, at + 2) & 0xfff8}|${Math.max(0, ip.length - (at + 8 - start - 40))}) `;
    } else if (next === routing) text += `RT6 (len=${units}, type=${bytes[at + 2]}, segleft=${bytes[at + 3]}) `;
    else if (words[next] === undefined) break;
    else text += words[next];
    if (next === authentication) length = (units + 2) * 4;
    next = bytes[at] ?? 0;
    at += length;
  }
  return { text, length: at - start };
}
