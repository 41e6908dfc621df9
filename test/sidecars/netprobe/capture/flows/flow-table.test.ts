// Whatever is seen, each frame is counted in one row, and no sum changes when rows fold into one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '#harness/random.ts';
import { type Dns, type Packet, TCP } from '../../../../../sidecars/netprobe/capture/decode/packet.ts';
import { FlowTable } from '../../../../../sidecars/netprobe/capture/flows/flow-table.ts';
import { frame, ip4, packet, sums, tcp, udp } from './packets.ts';

const link = { source: '02:00:00:00:00:01', destination: '02:00:00:00:00:02', etherType: 0x88cc, vlans: [] };

const dns = (id: number, isResponse: boolean): Dns => ({
  ...{
    type: 'dns',
    id,
    isResponse,
    opcode: 0,
    code: 'NOERROR',
    flags: [],
    answers: [],
    authorities: [],
    additionals: [],
    edns: undefined,
  },
  ...{ questions: [{ name: 'example.org', type: 'AAAA' }], counts: { questions: 1, answers: 0, authorities: 0, additionals: 0 } },
});

const echo = (from: string, to: string, kind: number, sequence: number): Packet =>
  packet({
    network: ip4(from, to, { protocol: 1 }),
    transport: { type: 'icmp', kind, code: 0, words: '', id: 1, sequence },
  });

const arp = (operation: number, senderIp: string, targetIp: string): Packet =>
  packet({ link, network: { type: 'arp', operation, senderMac: '', senderIp, targetMac: '', targetIp } });

/** Adds packets, one each millisecond. */
function tableOf(...packets: readonly Packet[]): FlowTable {
  const table = new FlowTable({ most: 100 });
  for (const [index, each] of packets.entries()) table.add(frame(index * 1000), each);
  return table;
}

/** `tcp client > server`, and packets there and back. */
const told = ({ conversations }: FlowTable) =>
  conversations.map(({ protocol, client, server, ways: [out, back] }) => {
    const [from, to] = [client, server].map(({ address, port }) => (port === undefined ? address : `${address}:${port}`));
    return `${protocol} ${from} > ${to} ${out.packets}/${back.packets}`;
  });

test('whatever comes, rows and other have as many packets and bytes as there were, now and when rates are told', (t) => {
  const random = seeded(t);
  const { below, pick } = random;
  for (let round = 0; round < 20; round += 1) {
    const most = 1 + below(40);
    const table = new FlowTable({ most });
    const all = { packets: 0, bytes: 0 };
    const rated = { packets: 0, bytes: 0 };
    const names = ['lo', 'eth0', 'br0'];
    const host = () => `10.0.0.${below(12)}`;
    const end = () => `${host()}:${pick([53, 80, 6379, 40_000 + below(10), 50_000])}`;
    const any = (): Packet => {
      const kind = below(8);
      if (kind === 0) return udp(end(), end(), below(2) === 0 ? dns(below(4), below(2) === 0) : undefined);
      if (kind === 1) return echo(host(), host(), pick([0, 8]), below(5));
      if (kind === 2) return arp(1 + below(2), host(), host());
      if (kind === 3) return packet({ link });
      if (kind === 4) return packet({});
      if (kind === 5)
        return packet({
          network: ip4(host(), host(), { protocol: 17, id: below(4), fragmentOffset: 1480, moreFragments: below(2) === 0 }),
        });
      const header = { sequence: below(2 ** 32), flags: below(64), payload: below(3), window: below(2) };
      return tcp(end(), end(), header);
    };
    for (let count = 0; count < 3000; count += 1) {
      const length = 60 + below(1400);
      const id = below(3);
      // what lo shows twice is told in its own test
      const direction = id === 0 ? undefined : (['in', 'out', undefined] as const)[below(3)];
      const time = below(100) === 0 ? below(count * 1000 + 1) : count * 1000;
      table.add(frame(time, length, { interface: { id, name: names[id] ?? '', linkType: 1 }, direction }), any());
      all.packets += 1;
      all.bytes += length;
      assert.ok(table.conversations.length <= most);
      if (below(300) > 0) continue;
      table.look(0.5);
      const ways = [...table.conversations.flatMap((row) => row.ways), ...table.other.ways];
      for (const way of ways) {
        rated.packets += way.packetRate * 0.5;
        rated.bytes += way.byteRate * 0.5;
      }
      assert.deepEqual(rated, all);
    }
    assert.deepEqual(sums(table), all);
    assert.deepEqual({ packets: table.packets, bytes: table.bytes }, all);
    assert.ok(table.other.conversations > 0);
  }
});

test('each packet is counted in the row of its ends, on the side of its sender, however they come', (t) => {
  const { below, pick } = seeded(t);
  const table = new FlowTable({ most: 10_000 });
  const sent = new Map<string, number>();
  const end = () => `10.0.0.${below(3)}:${pick([80, 81, 80 + 4096, 40_000, 40_001, 40_000 + 4096])}`;
  for (let count = 0; count < 20_000; count += 1) {
    const [from, to] = [end(), end()];
    if (from === to) continue;
    const make = pick([tcp, udp]);
    table.add(frame(count), make === tcp ? tcp(from, to, { flags: pick([16, 16, 2]), sequence: below(3) }) : udp(from, to));
    const key = `${make === tcp ? 'tcp' : 'udp'} ${from} ${to}`;
    sent.set(key, (sent.get(key) ?? 0) + 1);
  }
  let rows = 0;
  for (const { protocol, client, server, ways } of table.conversations) {
    const [one, other] = [client, server].map(({ address, port }) => `${address}:${port}`);
    const [out, back] = [`${protocol} ${one} ${other}`, `${protocol} ${other} ${one}`];
    assert.deepEqual([ways[0].packets, ways[1].packets], [sent.get(out) ?? 0, sent.get(back) ?? 0], out);
    rows += ways[0].packets + ways[1].packets;
  }
  assert.equal(rows, table.packets);
});

test('those that are over fold first, and of the others those that were silent longest', () => {
  const table = new FlowTable({ most: 8 });
  for (let port = 1; port <= 8; port += 1) table.add(frame(port), tcp(`10.0.0.1:4000${port}`, '10.0.0.2:80'));
  table.add(frame(10), tcp('10.0.0.1:40001', '10.0.0.2:80'));
  table.add(frame(11), tcp('10.0.0.2:80', '10.0.0.1:40007', { flags: TCP.RST }));
  const ports = () => table.conversations.map(({ client }) => (client.port ?? 0) - 40_000);
  table.add(frame(12), tcp('10.0.0.1:40009', '10.0.0.2:80'));
  assert.deepEqual(ports(), [1, 2, 3, 4, 5, 6, 8, 9]);
  table.add(frame(13), tcp('10.0.0.1:40010', '10.0.0.2:80'));
  assert.deepEqual(ports(), [1, 3, 4, 5, 6, 8, 9, 10]);
  assert.equal(table.other.conversations, 2);
  // who comes back begins anew
  table.add(frame(14), tcp('10.0.0.1:40007', '10.0.0.2:80'));
  assert.deepEqual([table.conversations.at(-1)?.packets, sums(table).packets], [1, 13]);
});

test('the client is who sends SYN, whatever ports say', () => {
  assert.deepEqual(told(tableOf(tcp('10.0.0.1:80', '10.0.0.2:40000', { flags: TCP.SYN }))), [
    'tcp 10.0.0.1:80 > 10.0.0.2:40000 1/0',
  ]);
  const answered = tcp('10.0.0.1:50000', '10.0.0.2:40000', { flags: TCP.SYN | TCP.ACK });
  assert.deepEqual(told(tableOf(answered)), ['tcp 10.0.0.2:40000 > 10.0.0.1:50000 0/1']);
  // a guess is made good
  const guessed = tableOf(
    tcp('10.0.0.1:80', '10.0.0.2:40000'),
    tcp('10.0.0.1:80', '10.0.0.2:40000', { flags: TCP.SYN, sequence: 9 }),
  );
  assert.deepEqual(told(guessed), ['tcp 10.0.0.1:80 > 10.0.0.2:40000 2/0']);
});

test('without a SYN it is who has the higher port, and who came first where no port is one of a server', () => {
  assert.deepEqual(told(tableOf(tcp('10.0.0.1:80', '10.0.0.2:40000'))), ['tcp 10.0.0.2:40000 > 10.0.0.1:80 0/1']);
  assert.deepEqual(told(tableOf(udp('10.0.0.1:40000', '10.0.0.2:50000'))), ['udp 10.0.0.1:40000 > 10.0.0.2:50000 1/0']);
  assert.deepEqual(told(tableOf(udp('10.0.0.1:123', '10.0.0.2:123'))), ['udp 10.0.0.1:123 > 10.0.0.2:123 1/0']);
  const answer = udp('10.0.0.1:5353', '10.0.0.2:5353', dns(1, true));
  assert.deepEqual(told(tableOf(answer)), ['udp 10.0.0.2:5353 > 10.0.0.1:5353 0/1']);
});

test('DNS, echo, ARP and UDP have the times of their answers', () => {
  const times = (...packets: readonly Packet[]) => {
    const [row] = tableOf(...packets).conversations;
    return [row?.responses?.count, row?.responses?.sum, row?.responses?.most];
  };
  const [asker, name] = ['10.0.0.1:40000', '10.0.0.2:53'];
  // the second question is answered first, and the first one is asked twice
  const asked = [dns(1, false), dns(2, false), dns(1, false)].map((each) => udp(asker, name, each));
  const answered = [dns(2, true), dns(1, true), dns(1, true)].map((each) => udp(name, asker, each));
  assert.deepEqual(times(...asked, ...answered), [2, 2000 + 4000, 4000]);
  const pings = [echo('10.0.0.1', '10.0.0.2', 8, 1), echo('10.0.0.1', '10.0.0.2', 8, 2), echo('10.0.0.2', '10.0.0.1', 0, 2)];
  assert.deepEqual(times(...pings), [1, 1000, 1000]);
  // one that asks itself
  assert.deepEqual(times(echo('127.0.0.1', '127.0.0.1', 8, 1), echo('127.0.0.1', '127.0.0.1', 0, 1)), [1, 1000, 1000]);
  assert.deepEqual(times(arp(1, '10.0.0.1', '10.0.0.2'), arp(2, '10.0.0.2', '10.0.0.1')), [1, 1000, 1000]);
  assert.deepEqual(times(udp('10.0.0.1:40000', '10.0.0.2:99'), udp('10.0.0.2:99', '10.0.0.1:40000')), [1, 1000, 1000]);
});

test('a conversation is about the last name that was seen in it', () => {
  const [from, to] = ['10.0.0.1:40000', '10.0.0.2:443'];
  const tls = (message: string, serverName?: string) =>
    tcp(from, to, {}, { type: 'tls', message, version: '1.3', serverName, alpn: [] });
  const about = (...packets: readonly Packet[]) => tableOf(...packets).conversations[0]?.application;
  const named = about(tls('client hello', 'db.example'), tls('application data'));
  assert.deepEqual(named, { protocol: 'tls', name: 'db.example' });
  const http = tcp(from, to, {}, { type: 'http-request', method: 'GET', target: '/', version: '1.1', host: 'web.example' });
  assert.deepEqual(about(tls('client hello', 'db.example'), http), { protocol: 'http', name: 'web.example' });
  assert.deepEqual(about(tcp(from, to, {}, { type: 'redis', messages: ['GET'] })), { protocol: 'redis', name: undefined });
  assert.deepEqual(about(udp(from, to, dns(1, false))), { protocol: 'dns', name: 'example.org AAAA' });
});

test('what lo shows on its way out and in counts once; what a bridge shows once more has a row of its own', () => {
  const table = new FlowTable({ most: 10 });
  const lo = { id: 0, name: 'lo', linkType: 1 };
  for (const direction of ['out', 'in', 'out', 'in'] as const)
    table.add(frame(0, 100, { interface: lo, direction }), tcp('127.0.0.1:40000', '127.0.0.1:80', { flags: TCP.SYN }));
  assert.deepEqual([told(table), table.packets], [['tcp 127.0.0.1:40000 > 127.0.0.1:80 2/0'], 2]);

  const bridged = new FlowTable({ most: 10 });
  for (const name of ['eth0', 'br0'])
    for (const payload of [0, 10, 10]) {
      const at = { interface: { id: name === 'eth0' ? 0 : 1, name, linkType: 1 } };
      bridged.add(frame(0, 100, at), tcp('10.0.0.1:40000', '10.0.0.2:80', { sequence: payload, payload }));
    }
  assert.deepEqual(told(bridged), ['tcp 10.0.0.1:40000 > 10.0.0.2:80 3/0', 'tcp 10.0.0.1:40000 > 10.0.0.2:80 3/0']);
  assert.deepEqual(
    bridged.conversations.map(({ isAgain, ways }) => [isAgain, ways[0].retransmits]),
    [
      [false, 1],
      [true, 1],
    ],
  );
});

test('a conversation whose two ways take two interfaces is one', () => {
  const table = new FlowTable({ most: 10 });
  const at = (id: number) => ({ interface: { id, name: `eth${id}`, linkType: 1 } });
  table.add(frame(0, 100, at(0)), tcp('10.0.0.1:40000', '10.0.0.2:80'));
  table.add(frame(1, 100, at(1)), tcp('10.0.0.2:80', '10.0.0.1:40000'));
  assert.deepEqual(told(table), ['tcp 10.0.0.1:40000 > 10.0.0.2:80 1/1']);
});

test('fragments go with the first of them, and have a row without ports where that was not seen', () => {
  const first = udp('10.0.0.1:40000', '10.0.0.2:53');
  const fragment = (id: number, fragmentOffset: number, moreFragments: boolean) =>
    ip4('10.0.0.1', '10.0.0.2', { protocol: 17, id, fragmentOffset, moreFragments });
  const table = tableOf(
    packet({ ...first, network: fragment(7, 0, true) }),
    packet({ network: fragment(7, 1480, true) }),
    packet({ network: fragment(7, 2960, false) }),
    packet({ network: fragment(8, 1480, false) }),
  );
  assert.deepEqual(told(table), ['udp 10.0.0.1:40000 > 10.0.0.2:53 3/0', 'udp 10.0.0.1 > 10.0.0.2 1/0']);
});

test('what is no IP is told by its link', () => {
  assert.deepEqual(told(tableOf(packet({ link }), packet({}))), [
    '0x88cc 02:00:00:00:00:01 > 02:00:00:00:00:02 1/0',
    'unknown  >  1/0',
  ]);
});
