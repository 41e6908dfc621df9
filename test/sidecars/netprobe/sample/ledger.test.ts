// Every connection is counted once, whoever tells of it first: a reading or its end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '#harness/random.ts';
import { Ledger } from '../../../../sidecars/netprobe/sample/ledger.ts';
import type { Peer } from '../../../../sidecars/netprobe/sample/peer.ts';
import { PeerNames } from '../../../../sidecars/netprobe/sample/peer-groups.ts';
import { Peers } from '../../../../sidecars/netprobe/sample/peers.ts';
import { EphemeralPorts } from '../../../../sidecars/netprobe/sample/ports.ts';
import { type SocketRecord, TCP } from '../../../../sidecars/netprobe/sockets/record.ts';
import { socket } from './records.ts';

const range = { first: 32_768, last: 60_999 };

class Scene {
  readonly peers = new Peers(new PeerNames([]), 100);
  readonly ports = new EphemeralPorts();
  readonly ledger = new Ledger({ peers: this.peers, ports: this.ports, isOwn: ({ uid }) => uid === 65_532 });

  /** Makes a reading that finds these sockets. */
  read(...found: readonly SocketRecord[]): void {
    this.ledger.begin([80], range);
    for (const record of found) this.ledger.see(record);
    this.ledger.end();
  }

  /** What was counted of one peer. */
  of(name: string, direction: Peer['direction'] = 'out') {
    const peer = this.peers.shown.find((each) => each.name === name && each.direction === direction);
    if (peer === undefined) return undefined;
    const { connections, opened, closed, failed, sent, received, retransmitted } = peer;
    return { connections, opened, closed, failed, sent, received, retransmitted };
  }
}

const nothing = { connections: 0, opened: 0, closed: 0, failed: 0, sent: 0, received: 0, retransmitted: 0 };

test('a connection that lives: what is new of it is added', () => {
  const scene = new Scene();
  scene.read();
  scene.read(socket({ cookie: 1, sent: 10, received: 20 }));
  scene.read(socket({ cookie: 1, sent: 15, received: 20, retransmitted: 3 }));
  assert.deepEqual(scene.of('10.0.0.9'), { ...nothing, connections: 1, opened: 1, sent: 15, received: 20, retransmitted: 3 });
});

test('its end is told: the last numbers count, once', () => {
  const scene = new Scene();
  scene.ledger.hear();
  scene.read();
  scene.read(socket({ cookie: 1, sent: 10 }));
  scene.ledger.ended(socket({ cookie: 1, state: TCP.CLOSE, sent: 12, received: 5, acknowledged: 13 }));
  scene.ledger.ended(socket({ cookie: 1, state: TCP.CLOSE, sent: 12, received: 5, acknowledged: 13 }));
  // what the kernel wrote down before the end is read only now
  scene.read(socket({ cookie: 1, sent: 11 }));
  assert.deepEqual(scene.of('10.0.0.9'), { ...nothing, opened: 1, closed: 1, sent: 12, received: 5 });
});

test('it began and ended between two readings', () => {
  const scene = new Scene();
  scene.ledger.hear();
  scene.read();
  scene.ledger.ended(socket({ cookie: 1, state: TCP.CLOSE, sent: 12, received: 6, acknowledged: 14 }));
  // that of 6 bytes is the FIN of the other side; without an orderly end there was none
  scene.ledger.ended(socket({ cookie: 2, state: TCP.CLOSE, sent: 12, received: 6, acknowledged: 13 }));
  assert.deepEqual(scene.of('10.0.0.9'), { ...nothing, opened: 2, closed: 2, sent: 24, received: 11 });
});

test('an attempt that never became a connection', () => {
  const scene = new Scene();
  scene.ledger.hear();
  scene.read(socket({ cookie: 1, state: TCP.SYN_SENT }));
  scene.ledger.ended(socket({ cookie: 1, state: TCP.CLOSE }));
  assert.deepEqual(scene.of('10.0.0.9'), { ...nothing, failed: 1 });
});

test('the FIN of the other side is no byte of its own', () => {
  const scene = new Scene();
  scene.read(socket({ cookie: 1, received: 100 }));
  scene.read(socket({ cookie: 1, received: 101, state: TCP.CLOSE_WAIT }));
  assert.equal(scene.of('10.0.0.9')?.received, 100);
});

test('a FIN that came while the kernel wrote the socket down: no counter falls, and the next byte makes up for it', () => {
  const scene = new Scene();
  scene.ledger.hear();
  scene.read();
  // the state is from before it, the bytes from after
  scene.read(socket({ cookie: 1, sent: 12, received: 6 }));
  scene.ledger.ended(socket({ cookie: 1, state: TCP.CLOSE, sent: 12, received: 6, acknowledged: 14 }));
  assert.equal(scene.of('10.0.0.9')?.received, 6);
  scene.ledger.ended(socket({ cookie: 2, state: TCP.CLOSE, sent: 12, received: 101, acknowledged: 14 }));
  assert.equal(scene.of('10.0.0.9')?.received, 105);
});

test('a service on a port that the kernel picked, since less than a reading: who began it shows in what was acknowledged', () => {
  const scene = new Scene();
  scene.ledger.hear();
  scene.read();
  const between = { localPort: 45_000, remotePort: 50_000, sent: 10, received: 6, state: TCP.CLOSE };
  // its FIN; and a SYN before
  scene.ledger.ended(socket({ ...between, cookie: 1, peer: '10.0.0.1', acknowledged: 11 }));
  scene.ledger.ended(socket({ ...between, cookie: 2, peer: '10.0.0.2', acknowledged: 12 }));
  assert.deepEqual(scene.of('10.0.0.1', 'in'), { ...nothing, opened: 1, closed: 1, sent: 10, received: 5 });
  assert.deepEqual(scene.of('10.0.0.2', 'out'), { ...nothing, opened: 1, closed: 1, sent: 10, received: 5 });
});

test('those that were there before the probe were not opened under its eyes', () => {
  const scene = new Scene();
  scene.read(socket({ cookie: 1, sent: 1000 }));
  assert.deepEqual(scene.of('10.0.0.9'), { ...nothing, connections: 1, sent: 1000 });
});

test('gone without a word: at once where no ends are told, after one more reading where they are', () => {
  const deaf = new Scene();
  deaf.read(socket({ cookie: 1, sent: 5 }));
  deaf.read();
  assert.deepEqual([deaf.of('10.0.0.9'), deaf.ledger.lost], [{ ...nothing, closed: 1, sent: 5 }, 0]);

  const scene = new Scene();
  scene.ledger.hear();
  scene.read(socket({ cookie: 1, sent: 5 }));
  scene.read();
  assert.equal(scene.of('10.0.0.9')?.connections, 1);
  scene.read();
  assert.deepEqual([scene.of('10.0.0.9'), scene.ledger.lost], [{ ...nothing, closed: 1, sent: 5 }, 1]);
  // its word comes all the same, too late
  scene.ledger.ended(socket({ cookie: 1, state: TCP.CLOSE, sent: 9, acknowledged: 11 }));
  assert.equal(scene.of('10.0.0.9')?.closed, 1);
});

test('who began it: to a port that is listened on, or was, or to one that clients do not get', () => {
  const scene = new Scene();
  scene.ledger.hear();
  scene.read(socket({ cookie: 1, localPort: 80, remotePort: 50_000, peer: '10.0.0.1' }));
  scene.ledger.ended(socket({ cookie: 2, localPort: 9000, remotePort: 50_000, peer: '10.0.0.2', sent: 1, acknowledged: 2 }));
  scene.ledger.ended(socket({ cookie: 3, localPort: 45_000, remotePort: 50_000, peer: '10.0.0.3', sent: 1, acknowledged: 3 }));
  const shown = scene.peers.shown.map(({ direction, name, port }) => `${direction} ${name} ${port}`).sort();
  assert.deepEqual(shown, ['in 10.0.0.1 80', 'in 10.0.0.2 9000', 'out 10.0.0.3 50000']);
});

test('what is in TIME_WAIT is counted by its state and its port, and is no connection', () => {
  const scene = new Scene();
  scene.read(
    socket({ cookie: 1, state: TCP.TIME_WAIT, hasInfo: false }),
    socket({ cookie: 2, state: TCP.TIME_WAIT, hasInfo: false }),
  );
  assert.equal(scene.ledger.states[TCP.TIME_WAIT], 2);
  assert.deepEqual(scene.ports.destinations, [{ destination: '10.0.0.9:6379', used: 2, share: 2 / 28_232 }]);
  assert.deepEqual(scene.peers.shown, []);
});

test('the own sockets are left out, and counted by their state', () => {
  const scene = new Scene();
  scene.read(socket({ cookie: 1, uid: 65_532 }));
  scene.ledger.ended(socket({ cookie: 2, uid: 65_532, acknowledged: 5 }));
  assert.deepEqual([scene.peers.shown, scene.ledger.states[TCP.ESTABLISHED]], [[], 1]);
});

test('a random world: the counters are what was sent, and never fall', (t) => {
  const { next, below } = seeded(t);
  const scene = new Scene();
  scene.ledger.hear();
  scene.read();
  interface Connection {
    readonly cookie: number;
    readonly peer: string;
    sent: number;
    received: number;
  }
  const truth = new Map<string, { sent: number; received: number; opened: number; closed: number }>();
  const of = (peer: string) => truth.get(peer) ?? { sent: 0, received: 0, opened: 0, closed: 0 };
  let living: Connection[] = [];
  let last = new Map<string, number>();
  for (let cookie = 1, round = 0; round < 300; round += 1) {
    for (let born = below(12); born > 0; born -= 1) {
      const peer = `10.0.0.${1 + below(20)}`;
      living.push({ cookie: cookie++, peer, sent: 0, received: 0 });
      truth.set(peer, { ...of(peer), opened: of(peer).opened + 1 });
    }
    for (const connection of living) {
      const [sent, received] = [below(1000), below(1000)];
      connection.sent += sent;
      connection.received += received;
      const known = of(connection.peer);
      truth.set(connection.peer, { ...known, sent: known.sent + sent, received: known.received + received });
    }
    const dying = living.filter(() => next() < 0.2);
    living = living.filter((connection) => !dying.includes(connection));
    const record = ({ cookie: number, peer, sent, received }: Connection) =>
      socket({ cookie: number, peer, sent, received, localPort: 40_000 + (number % 20_000) });
    const end = (connection: Connection) => {
      // SYN and FIN, of both sides
      scene.ledger.ended(
        Object.assign(record({ ...connection, received: connection.received + 1 }), {
          state: TCP.CLOSE,
          acknowledged: connection.sent + 2,
        }),
      );
      truth.set(connection.peer, { ...of(connection.peer), closed: of(connection.peer).closed + 1 });
    };
    // some end before the reading, some while it goes on, and some of these were written down before
    const [before = [], during = []] = [dying.filter((_, index) => index % 2 === 0), dying.filter((_, index) => index % 2 === 1)];
    before.forEach(end);
    scene.ledger.begin([80], range);
    for (const connection of living) {
      scene.ledger.see(record(connection));
      const ending = during[below(during.length + 1)];
      if (ending !== undefined) {
        during.splice(during.indexOf(ending), 1);
        if (next() < 0.5) scene.ledger.see(record(ending));
        end(ending);
        if (next() < 0.5) scene.ledger.see(record(ending));
      }
    }
    during.forEach(end);
    scene.ledger.end();
    const now = new Map<string, number>(
      scene.peers.shown.flatMap((peer) => [
        [`${peer.name} sent`, peer.sent] as const,
        [`${peer.name} received`, peer.received] as const,
      ]),
    );
    for (const [key, value] of last) assert.ok((now.get(key) ?? 0) >= value, `${key} fell`);
    last = now;
  }
  for (const [peer, { sent, received, opened, closed }] of truth) {
    const connections = living.filter((connection) => connection.peer === peer).length;
    assert.deepEqual(scene.of(peer), { ...nothing, connections, sent, received, opened, closed });
  }
  assert.equal(scene.ledger.lost, 0);
});
