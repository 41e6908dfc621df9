import { milliseconds, short } from '#shared/tables/amounts.ts';
import type { Entry } from './entry.ts';

/** What is told of each socket beside its row. */
export interface Detail {
  readonly info: boolean;
  readonly memory: boolean;
  readonly timers: boolean;
  readonly extended: boolean;
}

const timers: Readonly<Record<number, string>> = { 1: 'on', 2: 'keepalive', 3: 'timewait', 4: 'persist' };

/** Words in the habit of ss(8) that stand behind a socket: `timer:(keepalive,28sec,0) uid:33 ino:5 sk:1a cgroup:12`. */
export function inlineDetail({ record, uid, inode }: Entry, { timers: wantsTimers, extended }: Detail): string {
  const words: string[] = [];
  if (wantsTimers && record !== undefined && record.timer !== 0)
    words.push(`timer:(${timers[record.timer] ?? record.timer},${duration(record.expires)},${record.attempts})`);
  if (extended) {
    if (uid !== 0) words.push(`uid:${uid}`);
    words.push(`ino:${inode}`);
    if (record !== undefined) {
      words.push(`sk:${((BigInt(record.cookieHigh) << 32n) | BigInt(record.cookieLow)).toString(16)}`);
      if (record.cgroup !== 0) words.push(`cgroup:${record.cgroup}`);
    }
  }
  return words.join(' ');
}

/** The same for what stands below it: memory, and what TCP knows of the connection. */
export function longDetail({ record, state }: Entry, { info, memory }: Detail): string {
  if (record === undefined) return '';
  const words: string[] = [];
  if (memory) {
    const [r, rb, t, tb, f, w, o, bl] = record.memory;
    words.push(`skmem:(r${r},rb${rb},t${t},tb${tb},f${f},w${w},o${o},bl${bl},d${record.drops})`);
  }
  if (info && record.congestion !== '') words.push(record.congestion);
  if (info && record.hasInfo && state !== 'LISTEN') {
    words.push(`rto:${record.timeout / 1000}`, `rtt:${record.rtt / 1000}/${record.rttVariance / 1000}`);
    words.push(`mss:${record.segmentSize}`, `cwnd:${record.window}`);
    words.push(`bytes_sent:${record.sent + record.retransmitted}`);
    if (record.retransmitted > 0) words.push(`bytes_retrans:${record.retransmitted}`);
    words.push(`bytes_acked:${record.acknowledged}`, `bytes_received:${record.received}`);
    words.push(`segs_out:${record.segmentsOut}`, `segs_in:${record.segmentsIn}`);
    if (record.sinceSent > 0) words.push(`lastsnd:${record.sinceSent}`);
    if (record.sinceReceived > 0) words.push(`lastrcv:${record.sinceReceived}`);
    words.push(`pacing_rate ${short(record.pacingRate * 8)}bps`, `delivery_rate ${short(record.deliveryRate * 8)}bps`);
    if (record.unacknowledged > 0) words.push(`unacked:${record.unacknowledged}`);
    if (record.lost > 0) words.push(`lost:${record.lost}`);
    if (record.retransmits > 0) words.push(`retrans:${record.attempts}/${record.retransmits}`);
    if (record.busy > 0) words.push(`busy:${Math.round(record.busy / 1000)}ms`);
    if (record.limitedByReceiver > 0) words.push(`rwnd_limited:${share(record.limitedByReceiver, record.busy)}`);
    if (record.limitedByBuffer > 0) words.push(`sndbuf_limited:${share(record.limitedByBuffer, record.busy)}`);
    if (record.unsent > 0) words.push(`notsent:${record.unsent}`);
    words.push(`minrtt:${record.minRtt / 1000}`);
  }
  return words.join(' ');
}

/** A round trip time for a narrow column; nothing where it is not known. */
export function rttOf({ record, state }: Entry): string {
  return record?.hasInfo === true && record.rtt > 0 && state !== 'LISTEN' ? milliseconds(record.rtt) : '';
}

function share(part: number, whole: number): string {
  return `${Math.round(part / 1000)}ms(${((part / whole) * 100).toFixed(1)}%)`;
}

/** As ss(8): `200ms`, `28sec`, `1min59sec`. */
function duration(ms: number): string {
  if (ms < 1000) return `${ms}ms`;
  const seconds = Math.floor(ms / 1000);
  return seconds < 60 ? `${seconds}sec` : `${Math.floor(seconds / 60)}min${seconds % 60 > 0 ? `${seconds % 60}sec` : ''}`;
}
