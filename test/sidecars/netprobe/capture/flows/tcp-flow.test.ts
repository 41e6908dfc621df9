// What is counted of a connection is what its sender did, as far as it passes: held against a model of one over a bad network.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '#harness/random.ts';
import { TCP } from '../../../../../sidecars/netprobe/capture/decode/packet.ts';
import { FlowTable } from '../../../../../sidecars/netprobe/capture/flows/flow-table.ts';
import { frame, tcp } from './packets.ts';
import { converse, Truth } from './tcp-model.ts';

const [client, server] = ['10.0.0.2:40000', '10.0.0.3:80'];
const { SYN, ACK, FIN, RST, PSH } = TCP;

/** A segment of the client or the server, and when. */
type Sent = readonly [time: number, from: 'c' | 's', header: Parameters<typeof tcp>[2]];

/** Adds segments of one connection, one by one. */
function connection(...segments: readonly Sent[]) {
  const table = new FlowTable({ most: 10 });
  for (const [time, from, header] of segments)
    table.add(frame(time), from === 'c' ? tcp(client, server, header) : tcp(server, client, header));
  const [row, second] = table.conversations;
  assert.ok(row?.tcp && second === undefined);
  return { ...row, tcp: row.tcp, out: row.ways[0], back: row.ways[1] };
}

test('retransmits are counted exactly, and told apart from what is overtaken', (t) => {
  const random = seeded(t);
  const seen = { retransmits: 0, late: 0 };
  for (let round = 0; round < 150; round += 1) {
    const share = () => (random.below(3) === 0 ? 0 : random.next() * 0.1);
    const network = { near: random.below(20_000), far: 10 + random.below(20_000), lostNear: share(), lostFar: share() };
    const more = { lostBack: share(), doubled: share(), late: share() };
    const passing = converse(random, { ...network, ...more }, random.below(100_000));
    // numbers begin anew somewhere in it, more often than not
    const first = (2 ** 32 - random.below(150_000)) >>> 0;
    const answer = random.below(2 ** 32);
    const table = new FlowTable({ most: 10 });
    const truth = new Truth();
    for (const segment of passing) {
      const { time, fromSender, sequence, payload, flags, acknowledgement } = segment;
      if (fromSender) truth.add(segment);
      const [mine, theirs] = fromSender ? [first, answer] : [answer, first];
      const numbers = { sequence: (mine + sequence) >>> 0, acknowledgement: (theirs + acknowledgement) >>> 0 };
      table.add(
        frame(time),
        tcp(...(fromSender ? ([client, server] as const) : ([server, client] as const)), { ...numbers, payload, flags }),
      );
    }
    const row = table.conversations[0];
    const { retransmits, retransmittedBytes: bytes, late } = row?.ways[0] ?? assert.fail();
    const { retransmits: again, bytes: bytesAgain, late: overtaken } = truth;
    assert.deepEqual({ retransmits, bytes, late }, { retransmits: again, bytes: bytesAgain, late: overtaken }, `round ${round}`);
    assert.deepEqual([row?.ways[1].retransmits, row?.ways[1].late], [0, 0]);
    assert.deepEqual([row?.tcp?.serverRtt, row?.tcp?.clientRtt], [2 * network.far, 2 * network.near]);
    seen.retransmits += retransmits;
    seen.late += late;
  }
  assert.ok(seen.retransmits > 100 && seen.late > 100, JSON.stringify(seen));
});

test('a handshake tells the way to the server and the way to the client', () => {
  const { tcp: flow } = connection(
    [0, 'c', { flags: SYN, sequence: 100 }],
    [20_000, 's', { flags: SYN | ACK, sequence: 900, acknowledgement: 101 }],
    [20_150, 'c', { flags: ACK, sequence: 101, acknowledgement: 901 }],
  );
  assert.deepEqual([flow.serverRtt, flow.clientRtt, flow.rtt, flow.state, flow.connections], [20_000, 150, 20_150, 'open', 1]);
});

test('a SYN that is sent again is one, and the answer is measured from the last', () => {
  const { tcp: flow, out } = connection(
    [0, 'c', { flags: SYN, sequence: 100 }],
    [1_000_000, 'c', { flags: SYN, sequence: 100 }],
    [1_005_000, 's', { flags: SYN | ACK, sequence: 900, acknowledgement: 101 }],
  );
  assert.deepEqual([out.retransmits, out.retransmittedBytes, flow.serverRtt, flow.state], [1, 0, 5000, 'syn sent']);
});

test('what begins, is open, closes, is closed or reset, is told so', () => {
  const begin = [
    [0, 'c', { flags: SYN, sequence: 1 }],
    [1, 's', { flags: SYN | ACK, sequence: 1, acknowledgement: 2 }],
    [2, 'c', { flags: ACK, sequence: 2, acknowledgement: 2 }],
  ] as const;
  const stateAfter = (...more: readonly Sent[]) => connection(...begin, ...more).tcp.state;
  assert.equal(stateAfter(), 'open');
  assert.equal(stateAfter([3, 's', { flags: FIN | ACK, sequence: 2 }]), 'closing');
  const both = [
    [3, 's', { flags: FIN | ACK, sequence: 2 }],
    [4, 'c', { flags: FIN | ACK, sequence: 2 }],
  ] as const;
  assert.equal(stateAfter(...both), 'closed');
  assert.equal(stateAfter(...both, [5, 'c', { flags: RST }]), 'closed');
  assert.equal(stateAfter([3, 's', { flags: FIN | ACK, sequence: 2 }], [4, 'c', { flags: RST }]), 'reset');
  assert.equal(connection([0, 'c', { flags: SYN }], [1, 's', { flags: RST | ACK }]).tcp.state, 'reset');
});

test('the same two ports are used for another connection: all of it is counted anew but the amounts', () => {
  const { tcp: flow, out } = connection(
    [0, 'c', { flags: SYN, sequence: 100 }],
    [9, 's', { flags: RST | ACK }],
    [1_000_000, 'c', { flags: SYN, sequence: 50 }],
    [1_000_400, 's', { flags: SYN | ACK, sequence: 7 }],
    [1_000_500, 'c', { flags: ACK, sequence: 51 }],
    [1_000_600, 'c', { flags: ACK, sequence: 51, payload: 10 }],
  );
  assert.deepEqual([flow.connections, flow.state, flow.rtt, out.retransmits, out.packets], [2, 'open', 500, 0, 4]);
});

test('a keep-alive and a probe of a closed window are no retransmits', () => {
  const { out, back } = connection(
    [0, 'c', { sequence: 1000, payload: 100 }],
    [10, 's', { sequence: 5, acknowledgement: 1100 }],
    [1_000_020, 'c', { sequence: 1099, payload: 0 }],
    [2_000_030, 'c', { sequence: 1099, payload: 1 }],
    [2_000_040, 's', { sequence: 5, acknowledgement: 1100, window: 0 }],
    [2_000_050, 'c', { sequence: 1100, payload: 1 }],
    [2_000_060, 's', { sequence: 5, acknowledgement: 1100, window: 0 }],
    [2_000_070, 'c', { sequence: 1100, payload: 1 }],
    [2_000_080, 's', { sequence: 5, acknowledgement: 1100, window: 900 }],
    [2_000_090, 'c', { sequence: 1100, payload: 100 }],
    [2_000_095, 's', { sequence: 5, acknowledgement: 1200, window: 0 }],
  );
  assert.deepEqual([out.retransmits, out.late, back.zeroWindows, back.retransmits], [0, 0, 2, 0]);
});

test('the last byte that nobody acknowledged is a retransmit and no keep-alive', () => {
  const { out } = connection(
    [0, 'c', { sequence: 10, payload: 1 }],
    [300_000, 'c', { sequence: 10, payload: 1, flags: ACK | PSH }],
  );
  assert.deepEqual([out.retransmits, out.retransmittedBytes], [1, 1]);
});

test('one that repeats a part and goes on counts with that part', () => {
  const { out } = connection([0, 'c', { sequence: 4_294_967_290, payload: 10 }], [300_000, 'c', { sequence: 0, payload: 14 }]);
  assert.deepEqual([out.retransmits, out.retransmittedBytes], [1, 4]);
});

test('a connection that was there before it was seen may have segments on their way', () => {
  const { out, tcp: flow } = connection(
    [0, 'c', { sequence: 2000, payload: 100 }],
    [100, 'c', { sequence: 1900, payload: 100 }],
    [900_000, 'c', { sequence: 1800, payload: 100 }],
  );
  assert.deepEqual([out.late, out.retransmits, flow.state, flow.connections], [1, 1, 'open', 0]);
});
