import type { Received } from '#shared/linux/netlink/message.ts';
import { INET_DIAG, inetMessage, inetMessageSize, memoryWords, tcpInfo } from './layout.ts';
import type { SocketRecord } from './record.ts';

/** Words of ::ffff:0:0/96, as this machine reads them. */
const mappedWord = 0xffff_0000;

/**
 * Fills a record with what the kernel tells of an inet socket: struct inet_diag_msg and its attributes. This runs for every socket at every
 * reading, so it looks at words where they lie.
 * @param from where the message begins behind its header, a multiple of four; `end` is where it ends
 * @returns false where the message is too short to be one; what is in the record then means nothing.
 */
export function decodeInet({ bytes, halves, words }: Received, from: number, end: number, into: SocketRecord): boolean {
  if (from + inetMessageSize > end) return false;
  const word = from >> 2;
  into.state = bytes[from + inetMessage.state] ?? 0;
  into.timer = bytes[from + inetMessage.timer] ?? 0;
  into.attempts = bytes[from + inetMessage.retransmits] ?? 0;
  into.localPort = ((bytes[from + 4] ?? 0) << 8) | (bytes[from + 5] ?? 0);
  into.remotePort = ((bytes[from + 6] ?? 0) << 8) | (bytes[from + 7] ?? 0);
  const { local, remote } = into;
  if (bytes[from] === 10) {
    // a peer by IPv4 is one, whichever socket it came by; a listener on :: stays what it is
    const isMapped = words[word + 6] === 0 && words[word + 7] === 0 && words[word + 8] === mappedWord;
    into.family = isMapped ? 4 : 6;
    if (isMapped) setIpv4(into, words[word + 5] ?? 0, words[word + 9] ?? 0);
    else
      for (let i = 0; i < 4; i += 1) {
        local[i] = words[word + 2 + i] ?? 0;
        remote[i] = words[word + 6 + i] ?? 0;
      }
  } else {
    into.family = 4;
    setIpv4(into, words[word + 2] ?? 0, words[word + 6] ?? 0);
  }
  into.interface = words[word + 10] ?? 0;
  into.cookieLow = words[word + 11] ?? 0;
  into.cookieHigh = words[word + 12] ?? 0;
  into.expires = words[word + 13] ?? 0;
  into.receiveQueue = words[word + 14] ?? 0;
  into.sendQueue = words[word + 15] ?? 0;
  into.uid = words[word + 16] ?? 0;
  into.inode = words[word + 17] ?? 0;
  into.hasInfo = false;
  into.drops = 0;
  into.cgroup = 0;
  if (into.congestion !== '') into.congestion = '';
  for (let at = from + inetMessageSize; at + 4 <= end; ) {
    const length = halves[at >> 1] ?? 0;
    if (length < 4 || at + length > end) break;
    const type = (halves[(at + 2) >> 1] ?? 0) & 0x3fff;
    if (type === INET_DIAG.INFO) decodeInfo(words, at + 4, length - 4, into);
    else if (type === INET_DIAG.SKMEMINFO) decodeMemory(words, (at + 4) >> 2, (length - 4) >> 2, into);
    else if (type === INET_DIAG.CGROUP_ID && length >= 12)
      into.cgroup = (words[(at + 4) >> 2] ?? 0) + (words[(at + 8) >> 2] ?? 0) * 2 ** 32;
    else if (type === INET_DIAG.CONG) into.congestion = textAt(bytes, at + 4, at + length);
    at += (length + 3) & ~3;
  }
  return true;
}

function decodeMemory(words: Uint32Array, word: number, count: number, into: SocketRecord): void {
  for (let i = 0; i < 8; i += 1) into.memory[i] = i < count ? (words[word + i] ?? 0) : 0;
  into.drops = count >= memoryWords ? (words[word + 8] ?? 0) : 0;
}

function setIpv4({ local, remote }: SocketRecord, from: number, to: number): void {
  local[0] = from;
  remote[0] = to;
  local[1] = local[2] = local[3] = 0;
  remote[1] = remote[2] = remote[3] = 0;
}

/** Where an older kernel's struct is read from, filled up with zeros: it has only the first so many bytes. */
const filled = new Uint32Array((tcpInfo.bytesRetransmitted + 8) / 4);

/** Reads struct tcp_info. */
function decodeInfo(words: Uint32Array, from: number, length: number, into: SocketRecord): void {
  if (length >= filled.length * 4) {
    copyInfo(words, from >> 2, into);
    into.sent = wide(words, (from + tcpInfo.bytesSent) >> 2) - into.retransmitted;
    return;
  }
  const known = length >> 2;
  for (let i = 0; i < filled.length; i += 1) filled[i] = i < known ? (words[(from >> 2) + i] ?? 0) : 0;
  copyInfo(filled, 0, into);
  // a kernel before 4.19 does not tell what was sent: what was acknowledged is the next best, SYN and FIN included
  into.sent = into.acknowledged;
}

function copyInfo(words: Uint32Array, word: number, into: SocketRecord): void {
  into.hasInfo = true;
  into.timeout = words[word + tcpInfo.rto / 4] ?? 0;
  into.segmentSize = words[word + tcpInfo.mss / 4] ?? 0;
  into.unacknowledged = words[word + tcpInfo.unacknowledged / 4] ?? 0;
  into.lost = words[word + tcpInfo.lost / 4] ?? 0;
  into.sinceSent = words[word + tcpInfo.lastDataSent / 4] ?? 0;
  into.sinceReceived = words[word + tcpInfo.lastDataReceived / 4] ?? 0;
  into.rtt = words[word + tcpInfo.rtt / 4] ?? 0;
  into.rttVariance = words[word + tcpInfo.rttVariance / 4] ?? 0;
  into.window = words[word + tcpInfo.congestionWindow / 4] ?? 0;
  into.retransmits = words[word + tcpInfo.totalRetransmits / 4] ?? 0;
  into.pacingRate = wide(words, word + tcpInfo.pacingRate / 4);
  into.acknowledged = wide(words, word + tcpInfo.bytesAcknowledged / 4);
  into.received = wide(words, word + tcpInfo.bytesReceived / 4);
  into.segmentsOut = words[word + tcpInfo.segmentsOut / 4] ?? 0;
  into.segmentsIn = words[word + tcpInfo.segmentsIn / 4] ?? 0;
  into.unsent = words[word + tcpInfo.unsentBytes / 4] ?? 0;
  into.minRtt = words[word + tcpInfo.minRtt / 4] ?? 0;
  into.deliveryRate = wide(words, word + tcpInfo.deliveryRate / 4);
  into.busy = wide(words, word + tcpInfo.busyTime / 4);
  into.limitedByReceiver = wide(words, word + tcpInfo.receiveWindowLimited / 4);
  into.limitedByBuffer = wide(words, word + tcpInfo.sendBufferLimited / 4);
  into.retransmitted = wide(words, word + tcpInfo.bytesRetransmitted / 4);
}

/** A number of 64 bits, exact up to 2^53. */
function wide(words: Uint32Array, word: number): number {
  return (words[word] ?? 0) + (words[word + 1] ?? 0) * 4294967296;
}

function textAt(bytes: Uint8Array, from: number, end: number): string {
  let text = '';
  for (let at = from; at < end && bytes[at] !== 0; at += 1) text += String.fromCharCode(bytes[at] ?? 0);
  return text;
}
