import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AmbassadorStatus, Backends } from './backends.ts';

type Told = [name: string, state: string, bytes: number];

/** A status of one route with these backends. */
function status(...told: Told[]): AmbassadorStatus {
  const backends = told.map(([backend, state, bytes]) => {
    return { backend, state, active: 1, connections: 2, bytesUp: bytes / 4, bytesDown: (bytes * 3) / 4 };
  });
  return { routes: [{ listen: '127.0.0.1:7000', clients: 2, accepted: 9, retries: 1, backends }] };
}

test('what was carried is told for each second, and how often one was away', () => {
  const backends = new Backends();
  assert.equal(backends.carried(0), undefined);
  backends.take(status(['a:1', 'up', 400], ['b:1', 'up', 0]), 1000);
  backends.take(status(['a:1', 'down', 800], ['b:1', 'up', 40]), 2000);
  backends.take(status(['a:1', 'pending', 800], ['b:1', 'up', 80]), 3000);
  backends.take(status(['a:1', 'up', 800], ['b:1', 'up', 80]), 3500);
  const carried = backends.carried(4000);
  assert.deepEqual(
    { ...carried, backends: [] },
    {
      ...{ listen: '127.0.0.1:7000', clients: 2, accepted: 9, retries: 1, sent: 220, received: 660, backends: [] },
    },
  );
  assert.deepEqual(
    carried?.backends.map(({ perSecond, ...rest }) => ({ ...rest, perSecond: perSecond.slice(-4) })),
    [
      { name: 'a:1', state: 'up', active: 1, connections: 2, absences: 1, perSecond: [0, 0, 400, 0] },
      { name: 'b:1', state: 'up', active: 1, connections: 2, absences: 0, perSecond: [0, 0, 40, 40] },
    ],
  );
});

test('an ambassador that began anew counts from 0, and those that left are remembered by name', () => {
  const backends = new Backends();
  backends.take(status(['a:1', 'up', 4000]), 1000);
  backends.take(status(['b:1', 'up', 400]), 2000);
  backends.take(status(['b:1', 'up', 40]), 3000);
  assert.deepEqual(backends.carried(4000)?.backends[0]?.perSecond.slice(-2), [0, 40]);
  assert.deepEqual(backends.names, ['a:1', 'b:1']);
});
