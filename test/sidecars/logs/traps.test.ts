// Each of the traps in which shippers lose lines, once and with little of everything; `npm run soak -- logs` plays them often.
// A run is reproduced by its seed: SIDEKICK_TEST_SEED=… npm test -- test/sidecars/logs/traps.test.ts
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { needs } from '#harness/needs.ts';
import { seeded } from '#harness/random.ts';
import { traps } from './traps/all.ts';
import { difference } from './traps/outcome.ts';

// most of their time they wait
describe('traps', { concurrency: 4 }, () => {
  for (const { name, title, needs: lacking = [], play } of traps)
    test(`${name}: ${title}`, needs(...lacking), async (t) => {
      const { lost, duplicates, broken, told } = await play({ t, random: seeded(t), scale: 'quick' });
      t.diagnostic([`${duplicates} duplicates`, told].filter(Boolean).join(', '));
      assert.deepEqual({ lost: lost.slice(0, 5), broken }, { lost: [], broken: [] });
    });
});

test('the traps have the numbers 1 to 27', () => {
  const numbers = traps.map(({ name }) => Number(name)).filter((number) => !Number.isNaN(number));
  assert.deepEqual(
    numbers,
    Array.from({ length: 27 }, (_, index) => index + 1),
  );
});

test('what is lost, twice or strange is told apart, also where lines are the same', () => {
  assert.deepEqual(difference(['a', 'a', 'b', ''], ['a', 'b', 'b', 'c', '']), { lost: ['a'], duplicates: 1, unknown: ['c'] });
});
