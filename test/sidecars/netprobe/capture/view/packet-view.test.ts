import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodePacket } from '../../../../../sidecars/netprobe/capture/decode/decode-packet.ts';
import { TCP, type TcpHeader } from '../../../../../sidecars/netprobe/capture/decode/packet.ts';
import { packetJson } from '../../../../../sidecars/netprobe/capture/view/packet-json.ts';
import { packetLine } from '../../../../../sidecars/netprobe/capture/view/packet-line.ts';
import { PacketView } from '../../../../../sidecars/netprobe/capture/view/packet-view.ts';
import { payloadMatcher } from '../../../../../sidecars/netprobe/capture/view/payload-match.ts';
import { RelativeSequences } from '../../../../../sidecars/netprobe/capture/view/relative-sequences.ts';
import { ethernetOf, frameOf, icmp, other, tcp, udp } from '../frames.ts';

process.env.TZ = 'Asia/Kolkata';

/** The line of a frame. */
const lineOf = (bytes: Buffer, more = {}, how = {}) => {
  const frame = frameOf(bytes, more);
  return packetLine(frame, decodePacket(frame), how);
};

test('a line tells the interface, and which way a packet went', () => {
  const ping = ethernetOf({}, icmp(8, 0, Buffer.from('0001000261', 'hex')));
  const rest = 'IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 1, seq 2, length 9';
  assert.equal(lineOf(ping), `03:43:20.123456 eth0  ${rest}`);
  assert.equal(lineOf(ping, { direction: 'in' }), `03:43:20.123456 eth0  In  ${rest}`);
  assert.equal(
    lineOf(ping, { direction: 'out', interface: { id: 0, name: 'veth-long', linkType: 1 } }),
    `03:43:20.123456 veth-long Out ${rest}`,
  );
  assert.equal(lineOf(ping, { direction: 'out', interface: { id: 0, name: '', linkType: 1 } }), `03:43:20.123456 Out ${rest}`);
  assert.equal(lineOf(ping, { seconds: 2 ** 60 }), `second 1152921504606847000.123456 eth0  ${rest}`);
});

test('a line names protocols that are not taken apart', () => {
  const rest = (protocol: number) => lineOf(ethernetOf({}, other(protocol, 'abcdef'))).replace(/^.*2: /, '');
  assert.deepEqual([2, 47, 132, 200].map(rest), ['IGMP, length 6', 'GRE, length 6', 'SCTP, length 6', ' ip-proto-200 6']);
});

test('a line tells what applications say', () => {
  const line = (bytes: Buffer, how = {}) =>
    lineOf(bytes, { interface: { id: 0, name: '', linkType: 1 } }, how).replace(/^.*length \d+(?!\))/s, '');
  const request = ethernetOf({}, tcp({ destinationPort: 8081 }, 'POST /x?y=1 HTTP/1.1\r\nHost: web.test\r\n\r\n'));
  assert.equal(line(request), ': HTTP: POST /x?y=1 HTTP/1.1');
  assert.equal(line(request, { verbose: true }), ': HTTP: POST /x?y=1 HTTP/1.1, host web.test');
  assert.equal(line(ethernetOf({}, tcp({ sourcePort: 8081 }, 'HTTP/1.1 204 \r\n\r\n'))), ': HTTP: HTTP/1.1 204');
  assert.equal(
    line(ethernetOf({}, tcp({ destinationPort: 6379 }, '*2\r\n$3\r\nGET\r\n$1\r\nk\r\n*1\r\n$4\r\nPING\r\n'))),
    ': Redis: GET, PING',
  );
  const query = Buffer.from('\0\0\0\0\rselect 1\0', 'latin1');
  query[0] = 0x51;
  query.writeUInt32BE(13, 1);
  assert.equal(line(ethernetOf({}, tcp({ destinationPort: 5432 }, query.subarray(0, 14)))), ': PostgreSQL: Query');
});

test('numbers of TCP are relative as long as a connection is remembered', () => {
  const sequences = new RelativeSequences(2);
  const header = (sequence: number, acknowledgement: number, flags: number = TCP.ACK) =>
    ({ type: 'tcp', sequence, acknowledgement, flags }) as TcpHeader;
  const look = (from: string, to: string, segment: TcpHeader) => {
    sequences.look(from, to, segment);
    return [sequences.sequence, sequences.acknowledgement];
  };
  assert.deepEqual(look('a.1', 'b.2', header(1000, 0, TCP.SYN)), [1000, 0]);
  assert.deepEqual(look('b.2', 'a.1', header(5000, 1001, TCP.SYN | TCP.ACK)), [5000, 1001]);
  assert.deepEqual(look('a.1', 'b.2', header(1001, 5001)), [1, 1]);
  assert.deepEqual(look('b.2', 'a.1', header(5001, 1011)), [1, 11]);
  assert.deepEqual(look('c.1', 'b.2', header(7, 8)), [7, 8]);
  assert.deepEqual(look('a.1', 'b.2', header(1011, 5001)), [11, 1]);
  assert.deepEqual(look('d.1', 'b.2', header(7, 8)), [7, 8], 'the third one, and the first is forgotten');
  assert.deepEqual(look('a.1', 'b.2', header(1011, 5001)), [1011, 5001]);
  assert.deepEqual(look('a.1', 'b.2', header(1021, 5002)), [10, 2]);
});

test('JSON has all of a packet', () => {
  const frame = frameOf(ethernetOf({}, tcp({ flags: TCP.SYN | TCP.ACK, options: [2, 4, 5, 180] }, '')), { direction: 'in' });
  assert.deepEqual(JSON.parse(packetJson(frame, decodePacket(frame))), {
    time: '2023-11-14T22:13:20.123456789Z',
    interface: 'eth0',
    direction: 'in',
    length: 58,
    captured: 58,
    link: { source: '02:42:0a:00:00:01', destination: '02:42:0a:00:00:02', etherType: 2048, vlans: [] },
    network: {
      type: 'ip4',
      source: '10.0.0.1',
      destination: '10.0.0.2',
      protocol: 6,
      length: 44,
      ttl: 64,
      trafficClass: 0,
      id: 1,
      doNotFragment: true,
      moreFragments: false,
      fragmentOffset: 0,
    },
    transport: {
      type: 'tcp',
      sourcePort: 40_000,
      destinationPort: 80,
      sequence: 1000,
      acknowledgement: 2000,
      flags: ['SYN', 'ACK'],
      window: 502,
      urgent: 0,
      options: [{ name: 'mss', value: 1460 }],
      payload: 0,
    },
  });
  const query = Buffer.from('123401000001000000000000057265646973000001000100', 'hex').subarray(0, 23);
  const name = frameOf(ethernetOf({}, udp({ destinationPort: 53 }, query)));
  const { application } = JSON.parse(packetJson(name, decodePacket(name)));
  assert.deepEqual([application.type, application.questions], ['dns', [{ name: 'redis.', type: 'A' }]]);
});

test('payload matches as with ngrep', () => {
  const matches = (pattern: string, payload: string | Buffer) => {
    const frame = frameOf(ethernetOf({}, tcp({}, payload)));
    return payloadMatcher(pattern)(frame, decodePacket(frame));
  };
  assert.ok(matches('^GET /[a-z]+', 'GET /abc HTTP/1.1'));
  assert.ok(!matches('^ET', 'GET /abc HTTP/1.1'));
  assert.ok(!matches('get', 'GET /'));
  assert.ok(matches('(?i:get)', 'GET /'));
  assert.ok(matches('caf\u00e9', 'caf\u00e9'), 'as UTF-8');
  assert.ok(matches('caf\u00e9', Buffer.from('caf\u00e9', 'latin1')), 'as bytes');
  assert.ok(matches('\\xff\\x00', Buffer.of(1, 0xff, 0)));
  assert.ok(!matches('.*', ''), 'what has no payload never matches');
  assert.ok(!matches('02:42|E\\x00', 'abc'), 'headers are no payload');
});

test('a regular expression that is none is an error of settings', () => {
  assert.throws(() => new PacketView({ match: 'a(b' }, () => {}), {
    name: 'Exit',
    code: 64,
    message: /^--match: \/a\(b\/: Unterminated group: write what has to stand for itself with \\ before it/,
  });
});

test('lines are gathered, and written when it is time', () => {
  const written: string[] = [];
  const view = new PacketView({ match: 'abc' }, (text) => void written.push(text));
  const frame = frameOf(ethernetOf({}, tcp({}, 'abc')));
  view.flush();
  assert.ok(view.frame(frame));
  assert.ok(!view.frame(frameOf(ethernetOf({}, tcp({}, 'ab')))));
  assert.deepEqual(written, []);
  view.flush();
  assert.equal(written.length, 1);
  assert.match(String(written[0]), /^[^\n]+\n$/);
  for (let i = 0; i < 10_000; i += 1) view.frame(frame);
  view.flush();
  assert.equal(written.join('').split('\n').length, 10_002);
  assert.ok(written.length < 100, `${written.length} writes`);
});
