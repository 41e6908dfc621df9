// There are not descriptors enough: that is told, and those who are turned away are not told that all was said.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dial, silent, TcpServer } from '#harness/tcp.ts';
import { until } from '#harness/until.ts';
import { Health } from '#shared/health.ts';
import { Shortage } from '../../../../sidecars/ambassador/engines/shortage.ts';
import { onBothEngines } from './both.ts';

onBothEngines(
  'more clients than descriptors: the log and /readyz say so, and nobody gets a clean end',
  async (t, start, engine) => {
    const backend = await TcpServer.listen(t, silent);
    const ambassador = await start({
      to: `${backend.address}?queue=500ms`,
      within: ['sh', '-c', 'ulimit -n 100; exec "$@"', 'sh'],
    });
    // the end may come before Node knows that one is connected
    const came = Array.from({ length: 90 }, () =>
      dial(t, ambassador.port).then(
        (peer) => peer.ending,
        ({ code }) => code,
      ),
    );
    const ends: string[] = [];
    for (const end of came) void end.then((how) => ends.push(how));
    await ambassador.process.says('they ran out, of 100 that are allowed');
    const { status, text } = await ambassador.ask('/readyz');
    assert.equal(status, 200);
    assert.match(text, /^\[~\] descriptors degraded: they ran out.*raise the limit by --ulimit nofile/m);
    if (engine === 'net')
      await until('all but those who are carried are turned away', async () => {
        const refused = (await ambassador.metrics()).sum('sidekick_ambassador_refused_clients_total', {
          reason: 'no_descriptor',
        });
        return refused === ends.length && refused > 20;
      });
    assert.deepEqual([...new Set(ends)], engine === 'net' ? ['ECONNRESET'] : []);
  },
);

test('a shortage is over when nobody told of it for a while', async () => {
  const health = new Health();
  const shortage = new Shortage(health, 20);
  const states = () => health.parts.map(({ name, state }) => `${name} ${state}`).join();
  assert.equal(states(), '');
  shortage.note();
  assert.equal(states(), 'descriptors degraded');
  // its own timer keeps no process alive
  const alive = setInterval(() => {}, 1000);
  await until('it is over', () => states() === 'descriptors ok');
  clearInterval(alive);
});
