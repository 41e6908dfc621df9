import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '#harness/random.ts';
import { hashOf } from '../../../../sidecars/ambassador/dispatch/backend.ts';
import { pick } from '../../../../sidecars/ambassador/dispatch/pick.ts';
import { backend } from './scene.ts';

const all = () => true;
const state = (random = () => 0) => ({ turn: 0, random });
const balances = ['least', 'round-robin', 'random', 'source'] as const;

for (const balance of balances) {
  test(`${balance}: of no backend, of none that is allowed, and of the only one that is`, () => {
    const [one, two, three] = [backend(1), backend(2), backend(3)];
    assert.equal(pick(balance, [], all, state(), 7), undefined);
    assert.equal(
      pick(balance, [one, two, three], () => false, state(), 7),
      undefined,
    );
    assert.equal(
      pick(balance, [one], () => false, state(), 7),
      undefined,
    );
    for (let turn = 0; turn < 6; turn += 1)
      assert.equal(
        pick(balance, [one, two, three], (one) => one === two, { turn, random: () => turn / 6 }, turn),
        two,
      );
  });
}

test('round-robin: each in turn, past those that are not allowed', () => {
  const backends = [backend(1), backend(2), backend(3)];
  const turns = state();
  const slots = (allowed = all, count = 6) =>
    Array.from({ length: count }, () => pick('round-robin', backends, allowed, turns, 0)?.slot);
  assert.deepEqual(slots(), [1, 2, 3, 1, 2, 3]);
  assert.deepEqual(new Set(slots(() => true, 3)), new Set([1, 2, 3]));
  const skipping = Array.from({ length: 4 }, () => pick('round-robin', backends, ({ slot }) => slot !== 2, turns, 0)?.slot);
  assert.deepEqual(skipping, [1, 3, 1, 3]);
});

test('least: the one with the least connections, and equals take turns', () => {
  const turns = state();
  assert.equal(pick('least', [backend(1, 4), backend(2, 1), backend(3, 2)], all, turns, 0)?.slot, 2);
  const equals = [backend(1), backend(2), backend(3)];
  const slots = Array.from({ length: 6 }, () => pick('least', equals, all, turns, 0)?.slot);
  for (const slot of [1, 2, 3]) assert.equal(slots.filter((one) => one === slot).length, 2);
});

test('least: the least loaded of those that are allowed', () => {
  const backends = [backend(1, 0), backend(2, 5), backend(3, 4)];
  assert.equal(pick('least', backends, ({ slot }) => slot !== 1, state(), 0)?.slot, 3);
});

test('random: the better of two, never the worst of all, and all are reached', (t) => {
  const { next: random } = seeded(t);
  const backends = [backend(1, 9), backend(2, 1), backend(3, 1), backend(4, 1)];
  const seen = new Map<number | undefined, number>();
  for (let round = 0; round < 3000; round += 1) {
    const slot = pick('random', backends, all, state(random), 0)?.slot;
    seen.set(slot, (seen.get(slot) ?? 0) + 1);
  }
  assert.deepEqual([...seen.keys()].sort(), [2, 3, 4]);
  // each of three is expected a thousand times; 5 standard deviations are 130
  for (const count of seen.values()) assert.ok(Math.abs(count - 1000) < 130, `${[...seen]}`);
});

test('random: the two are never the same one', (t) => {
  const { next: random } = seeded(t);
  const [busy, idle] = [backend(1, 1), backend(2, 0)];
  for (let round = 0; round < 200; round += 1) assert.equal(pick('random', [busy, idle], all, state(random), 0), idle);
});

test('source: the same client gets the same backend, and clients are spread', () => {
  const backends = Array.from({ length: 5 }, (_, index) => backend(index));
  const seen = new Map<number | undefined, number>();
  for (let client = 0; client < 5000; client += 1) {
    const source = hashOf(`10.1.${client >> 8}.${client & 255}`);
    const slot = pick('source', backends, all, state(), source)?.slot;
    assert.equal(pick('source', backends.toReversed(), all, state(), source)?.slot, slot);
    seen.set(slot, (seen.get(slot) ?? 0) + 1);
  }
  assert.equal(seen.size, 5);
  for (const count of seen.values()) assert.ok(count > 800 && count < 1200, `${[...seen]}`);
});

test('source: a backend that goes moves only its own clients, and they come back with it', () => {
  const backends = Array.from({ length: 5 }, (_, index) => backend(index));
  const gone = backends[2];
  for (let client = 0; client < 1000; client += 1) {
    const source = hashOf(`client ${client}`);
    const before = pick('source', backends, all, state(), source);
    const without = pick('source', backends, (one) => one !== gone, state(), source);
    if (before === gone) assert.notEqual(without, gone);
    else assert.equal(without, before);
  }
});
