// Which destination goes on from which positions.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { runSidecar } from '#harness/process.ts';
import { Receiver } from '#harness/receiver.ts';
import { apportion } from '../../../sidecars/logs/remember/apportion.ts';
import { deserialise, serialise } from '../../../sidecars/logs/remember/position.ts';
import { append, scene } from './scene.ts';

const day = 86_400_000;
const now = 100 * day;
const account = (to: string | undefined, scannedAt = now) => ({ to, scannedAt, positions: [] });

/** Who gets what, as times of the last scan by name, and whose accounts are kept aside. */
function told(accounts: Parameters<typeof apportion>[0], ...names: string[]) {
  const { byName, others } = apportion(accounts, names, now);
  return [Object.fromEntries([...byName].map(([name, { scannedAt }]) => [name, scannedAt])), others.map(({ to }) => to)];
}

describe('positions belong', () => {
  test('to the destination of their name', () => {
    assert.deepEqual(told([account('a', 1), account('b', 2)], 'b', 'a'), [{ a: 1, b: 2 }, []]);
  });
  test('to the only destination, where there is one account, whatever its name', () => {
    assert.deepEqual(told([account('a', 1)], 'b'), [{ b: 1 }, []]);
    assert.deepEqual(told([account(undefined, 1)], 'b'), [{ b: 1 }, []]);
  });
  test('to nobody that is new beside others', () => {
    assert.deepEqual(told([account('a')], 'a', 'b'), [{ a: now, b: 0 }, []]);
    assert.deepEqual(told([account('a'), account('b')], 'c'), [{ c: 0 }, ['a', 'b']]);
    assert.deepEqual(told([account(undefined)], 'a', 'b'), [{ a: 0, b: 0 }, [undefined]]);
  });
  test('to one that may come back, for seven days', () => {
    assert.deepEqual(told([account('a'), account('b', now - 6 * day)], 'a'), [{ a: now }, ['b']]);
    assert.deepEqual(told([account('a'), account('b', now - 8 * day)], 'a'), [{ a: now }, []]);
  });
});

test('what is written is read again, and what version 1 wrote', () => {
  const position = {
    id: '1:2',
    born: 3,
    path: '/a.log',
    rotated: false,
    cursor: { offset: 9, tally: { since: 0, lines: 2, adler: 7 } },
    mark: { offset: 9, headLength: 9, head: 'x', tail: 'y' },
    seenAt: 4,
  };
  const accounts = [{ to: 'stdout', scannedAt: 5, positions: [position] }, account('http://a/')];
  assert.deepEqual(deserialise(serialise(accounts), 'p'), accounts);
  const old = { scannedAt: 5, positions: [{ ...position, cursor: { offset: 9 } }] };
  assert.deepEqual(deserialise(JSON.stringify({ version: 1, ...old }), 'p'), [{ to: undefined, ...old }]);
  const broken = { ...position, cursor: { offset: 9, tally: { since: 'a' } } };
  assert.equal(deserialise(serialise([{ ...account('a'), positions: [broken as never] }]), 'p'), undefined);
});

test('a receiver that moved goes on; one that is new beside it gets all; one that was away for a run goes on, too', async (t) => {
  const { receiver, path, env } = await scene(t);
  const other = await Receiver.start(t);
  const third = await Receiver.start(t);
  const once = async (...to: Receiver[]) => {
    const { code, stderr } = await runSidecar(t, 'logs', { ...env, LOGS_TO: to.map(({ url }) => url).join() }, ['--once']);
    assert.equal(code, 0, stderr);
  };
  append(path('app.log'), 'one\n');
  await once(receiver);
  append(path('app.log'), 'two\n');
  await once(other);
  assert.deepEqual([receiver.messages, other.messages], [['one'], ['two']]);
  await once(other, third);
  append(path('app.log'), 'three\n');
  await once(third);
  await once(third, other);
  assert.deepEqual(
    [other.messages, third.messages],
    [
      ['two', 'three'],
      ['one', 'two', 'three'],
    ],
  );
});

test('positions of an older release with several destinations: it is said that they belong to none', async (t) => {
  const { receiver, path, env } = await scene(t);
  append(path('app.log'), 'one\n');
  assert.equal((await runSidecar(t, 'logs', env, ['--once'])).code, 0);
  const state = join(String(env.LOGS_STATE), 'positions.json');
  const [{ scannedAt, positions }] = JSON.parse(readFileSync(state, 'utf8')).destinations;
  const old = `${JSON.stringify({ version: 1, scannedAt, positions })}\n`;
  writeFileSync(state, old);
  const { code, stderr, stdout } = await runSidecar(t, 'logs', { ...env, LOGS_TO: `${receiver.url},stdout:` }, ['--once']);
  assert.equal(code, 0);
  assert.match(stderr, /positions of an older release name no destination.*start once with that one alone/);
  assert.match(stdout, /"message":"one"/);
  writeFileSync(state, old);
  append(path('app.log'), 'two\n');
  assert.equal((await runSidecar(t, 'logs', env, ['--once'])).code, 0);
  assert.deepEqual(receiver.messages, ['one', 'one', 'two']);
});
