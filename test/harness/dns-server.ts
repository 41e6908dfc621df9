// A name server for tests: real datagrams, and a zone that the test changes while it runs.
// Run as a program it serves in the namespace that it was started in, and is led by messages of its parent: see dns.ts.
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** One record of RFC 2782. */
export interface Srv {
  readonly name: string;
  readonly port: number;
  readonly priority?: number;
  readonly weight?: number;
}

/** What the server says of one name. Without any record of the type that is asked for, the answer is empty. */
export interface Answers {
  readonly a?: readonly string[];
  readonly aaaa?: readonly string[];
  readonly srv?: readonly Srv[];
  /** The answers are in another order each time. */
  readonly shuffled?: boolean;
  /** Instead of an answer. */
  readonly fails?: 'NXDOMAIN' | 'SERVFAIL' | 'silent';
}

/** All names that there are, without a dot at their end; any other one is NXDOMAIN. */
export type Zone = Readonly<Record<string, Answers>>;

/** What a parent says, and what is answered. */
export type Message =
  | { readonly type: 'zone'; readonly zone: Zone }
  | { readonly type: 'queries' }
  | { readonly type: 'ready' }
  | { readonly type: 'counted'; readonly counts: Readonly<Record<string, number>> };

const types = { 1: 'a', 28: 'aaaa', 33: 'srv' } as const;
const codes = { NXDOMAIN: 3, SERVFAIL: 2 } as const;

/** Answers queries for A, AAAA and SRV records by UDP (RFC 1035). */
export class DnsServer {
  zone: Zone = {};
  /** How often each name was asked for, by `name type`: `redis-1 a`. */
  readonly counts: Record<string, number> = {};
  readonly #socket: Socket = createSocket('udp4');

  async listen(address: string, port: number): Promise<void> {
    this.#socket.on('message', (query, from) => this.#answer(query, from));
    this.#socket.bind(port, address);
    await once(this.#socket, 'listening');
  }

  /** Stops to listen. */
  close(): void {
    this.#socket.close();
  }

  #answer(query: Buffer, from: RemoteInfo): void {
    const { name, end } = readName(query, 12);
    const number = query.readUInt16BE(end);
    const type = number in types ? types[number as keyof typeof types] : undefined;
    const key = `${name} ${type ?? number}`;
    const count = (this.counts[key] ?? 0) + 1;
    this.counts[key] = count;
    const answers = this.zone[name] ?? { fails: 'NXDOMAIN' };
    if (answers.fails === 'silent') return;
    const records = answers.fails === undefined && type !== undefined ? recordsOf(answers, type) : [];
    const turn = answers.shuffled && records.length > 0 ? count % records.length : 0;
    const header = Buffer.alloc(12);
    query.copy(header, 0, 0, 2);
    header.writeUInt16BE(0x8180 | (answers.fails === undefined ? 0 : codes[answers.fails]), 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(records.length, 6);
    const sent = [...records.slice(turn), ...records.slice(0, turn)].map((data) => record(number, data));
    this.#socket.send(Buffer.concat([header, query.subarray(12, end + 4), ...sent]), from.port, from.address);
  }
}

function recordsOf(answers: Answers, type: 'a' | 'aaaa' | 'srv'): Buffer[] {
  if (type === 'srv') return (answers.srv ?? []).map(srvData);
  return (answers[type] ?? []).map(type === 'a' ? ipv4Data : ipv6Data);
}

/** A record of the name that was asked for, to which the pointer 0xc00c leads; ten minutes to live, as Docker's server says. */
function record(type: number, data: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(600, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function ipv4Data(address: string): Buffer {
  return Buffer.from(address.split('.').map(Number));
}

function ipv6Data(address: string): Buffer {
  const [before = [], after = []] = address.split('::').map((half) => half.split(':').filter(Boolean));
  const groups = [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after];
  return Buffer.from(groups.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

function srvData({ name, port, priority = 0, weight = 0 }: Srv): Buffer {
  const numbers = Buffer.alloc(6);
  for (const [index, number] of [priority, weight, port].entries()) numbers.writeUInt16BE(number, 2 * index);
  return Buffer.concat([numbers, writeName(name)]);
}

function writeName(name: string): Buffer {
  const labels = name.split('.').filter(Boolean);
  return Buffer.concat([...labels.map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label)])), Buffer.of(0)]);
}

function readName(message: Buffer, at: number): { name: string; end: number } {
  const labels: string[] = [];
  let end = at;
  for (let length = message.readUInt8(end); length > 0; length = message.readUInt8(end)) {
    labels.push(message.toString('latin1', end + 1, end + 1 + length).toLowerCase());
    end += 1 + length;
  }
  return { name: labels.join('.'), end: end + 1 };
}

if (import.meta.main) {
  const server = new DnsServer();
  const say = (message: Message) => process.send?.(message);
  process.on('message', (message: Message) => {
    if (message.type === 'zone') server.zone = message.zone;
    say(message.type === 'zone' ? { type: 'ready' } : { type: 'counted', counts: server.counts });
  });
  process.on('disconnect', () => process.exit());
  await server.listen('127.0.0.1', 53);
  say({ type: 'ready' });
}
