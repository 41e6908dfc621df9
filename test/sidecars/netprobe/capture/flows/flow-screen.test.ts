// What is shown of conversations: as lines in a terminal of any size, and as JSON.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TCP } from '../../../../../sidecars/netprobe/capture/decode/packet.ts';
import { flowJson } from '../../../../../sidecars/netprobe/capture/flows/flow-json.ts';
import { flowLines } from '../../../../../sidecars/netprobe/capture/flows/flow-screen.ts';
import { FlowTable } from '../../../../../sidecars/netprobe/capture/flows/flow-table.ts';
import { dawn, frame, tcp, udp } from './packets.ts';

/** A fast connection, a slow one that repeats itself, and one that only asks. */
function someFlows(most = 10): FlowTable {
  const table = new FlowTable({ most });
  const handshake = (port: number, begin: number, trip: number) => {
    const [client, server] = [`10.0.0.2:${port}`, '10.0.0.3:80'];
    table.add(frame(begin, 74), tcp(client, server, { flags: TCP.SYN, sequence: 1 }));
    table.add(frame(begin + trip, 74), tcp(server, client, { flags: TCP.SYN | TCP.ACK, sequence: 1 }));
    table.add(frame(begin + trip, 66), tcp(client, server, { sequence: 2 }));
    return (time: number, sequence: number) => table.add(frame(time, 1066), tcp(client, server, { sequence, payload: 1000 }));
  };
  const fast = handshake(40_001, 0, 100);
  for (let count = 0; count < 9; count += 1) fast(1000 + count, 2 + count * 1000);
  const slow = handshake(40_002, 0, 200_000);
  slow(300_000, 2);
  slow(900_000, 2);
  table.add(frame(2_000_000, 60), udp('[fe80::1]:40003', '[fe80::2]:53'));
  return table;
}

const all = { lines: undefined, room: undefined, dropped: 0 };
const first = (lines: readonly string[]) => lines[2]?.split(' ').slice(1, 4).join(' ');

test('each order has its own first, and is marked in the titles', () => {
  const table = someFlows();
  table.look(2);
  const lines = flowLines(table, { ...all, order: 'bytes' });
  assert.equal(lines[0], '3 conversations  18 packets  12kB  6.1kB/s');
  assert.match(lines[1] ?? '', /^conversation +>\/s +<\/s +bytes\* +pkts +ms +retr +state +about/);
  assert.match(
    lines[2] ?? '',
    /^tcp 10\.0\.0\.2:40001 > 10\.0\.0\.3:80 +4\.9k +37 +9\.8k +12 +0\.10 +0 +open +9\.7k +74 +11 +1 +0 +0$/,
  );
  assert.equal(first(flowLines(table, { ...all, order: 'rtt' })), '10.0.0.2:40002 > 10.0.0.3:80');
  assert.equal(first(flowLines(table, { ...all, order: 'retransmits' })), '10.0.0.2:40002 > 10.0.0.3:80');
  assert.equal(first(flowLines(table, { ...all, order: 'packets' })), '10.0.0.2:40001 > 10.0.0.3:80');
  assert.match(flowLines(table, { ...all, order: 'rtt', dropped: 7 })[0] ?? '', / {2}7 dropped$/);
});

test('a small screen keeps its width and height, and always has the row of others', () => {
  const table = someFlows(2);
  table.look(2);
  for (const room of [
    { lines: 24, columns: 80 },
    { lines: 3, columns: 40 },
    { lines: 1, columns: 10 },
  ]) {
    const lines = flowLines(table, { ...all, order: 'bytes', room });
    assert.ok(lines.length <= room.lines && lines.every((line) => line.length <= room.columns));
  }
  const lines = flowLines(table, { order: 'bytes', lines: 1, room: undefined, dropped: 0 });
  assert.match(lines[0] ?? '', /^1 of 3 conversations {2}/);
  assert.match(lines.at(-1) ?? '', /^other \(1\) /);
  assert.equal(lines.length, 4);
});

test('a name from the network cannot colour a terminal', () => {
  const table = new FlowTable({ most: 2 });
  const named = { type: 'http-request', method: 'GET', target: '/', version: '1.1', host: 'a\u001b[31mb\nc' } as const;
  table.add(frame(0), tcp('10.0.0.2:40000', '10.0.0.3:80', {}, named));
  assert.match(flowLines(table, { ...all, order: 'bytes' })[2] ?? '', / http a\?\[31mb\?c /);
});

test('JSON has all that is known, and nothing else', () => {
  const table = someFlows();
  const seconds = table.mean();
  const told = JSON.parse(JSON.stringify(flowJson(table, { time: 0, seconds, lines: 2, dropped: 3, isEnd: true })));
  const none = { retransmits: 0, retransmittedBytes: 0, outOfOrder: 0, zeroWindows: 0 };
  assert.deepEqual(told, {
    ...{ time: '1970-01-01T00:00:00.000Z', seconds: 2, end: true, packets: 18, bytes: 12_214, dropped: 3, count: 3 },
    conversations: [
      {
        protocol: 'tcp',
        client: { address: '10.0.0.2', port: 40_001 },
        server: { address: '10.0.0.3', port: 80 },
        interfaces: ['eth0'],
        firstSeen: dawn,
        lastSeen: dawn + 0.001008,
        ...{ state: 'open', connections: 1, serverRttSeconds: 0.0001, clientRttSeconds: 0 },
        fromClient: { packets: 11, bytes: 9734, packetsPerSecond: 5.5, bytesPerSecond: 4867, ...none },
        fromServer: { packets: 1, bytes: 74, packetsPerSecond: 0.5, bytesPerSecond: 37, ...none },
      },
      {
        protocol: 'tcp',
        client: { address: '10.0.0.2', port: 40_002 },
        server: { address: '10.0.0.3', port: 80 },
        interfaces: ['eth0'],
        firstSeen: dawn,
        lastSeen: dawn + 0.9,
        ...{ state: 'open', connections: 1, serverRttSeconds: 0.2, clientRttSeconds: 0 },
        fromClient: {
          ...{ packets: 4, bytes: 2272, packetsPerSecond: 2, bytesPerSecond: 1136 },
          ...{ ...none, retransmits: 1, retransmittedBytes: 1000 },
        },
        fromServer: { packets: 1, bytes: 74, packetsPerSecond: 0.5, bytesPerSecond: 37, ...none },
      },
    ],
  });
});
