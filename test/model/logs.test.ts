// The model test: an interpreter of what happens to files is held against a model, which is no more than the list of lines written.
// A run is reproduced by its seed: SIDEKICK_TEST_SEED=… npm test -- test/model/logs.test.ts
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needs } from '#harness/needs.ts';
import { seeded } from '#harness/random.ts';
import { compare, scene } from '../sidecars/logs/scene.ts';
import { type Weights, World } from './logs-world.ts';

const steps = 2000;
const seed = Number(process.env.SIDEKICK_TEST_SEED ?? 20_261_121);

/** Only what leaves every line in exactly one place, and the sink never in doubt: nothing may arrive twice. */
const calm: Weights = {
  write: 40,
  half: 8,
  late: 6,
  rename: 3,
  copytruncate: 0,
  delete: 1,
  pause: 40,
  sinkRefuses: 1,
  sinkGoes: 0,
  sinkUp: 2,
  kill: 0,
  stop: 0.4,
};
/** Everything, also what may make the sidecar ship a line twice. */
const hostile: Weights = { ...calm, copytruncate: 1, sinkGoes: 1, kill: 0.4 };

for (const [name, weights, glob, watch] of [
  ['calm', calm, '*.log', 'true'],
  ['calm, without hints, with a glob that matches rotated names', calm, '*.log*', 'false'],
  ['hostile', hostile, '*.log', 'true'],
  ['hostile, with a glob that matches rotated names', hostile, '*.log*', 'true'],
] as const) {
  test(`the model holds for ${steps} steps: ${name} (seed ${seed})`, needs('linux'), async (t) => {
    const setting = await scene(t, glob, {
      LOGS_BATCH_BYTES: '16Ki',
      LOGS_LINGER: '2s',
      LOGS_RESCAN: '200ms',
      LOGS_OPEN_FILES: '500',
      LOGS_WATCH: watch,
    });
    const world = new World(setting, seeded(t, seed));
    const history: string[] = [];
    try {
      await world.begin();
      for (let step = 0; step < steps; step += 1) history.push(await world.step(weights));
      await world.settle();
    } finally {
      t.diagnostic(`seed ${seed}, last steps: ${history.slice(-10).join(', ')}`);
    }
    const { lost, duplicates, unknown } = compare(world.written, setting.receiver.messages);
    t.diagnostic(`${world.written.length} lines, ${duplicates} duplicates`);
    assert.deepEqual({ lost, unknown }, { lost: [], unknown: [] });
    if (weights === calm) assert.equal(duplicates, 0);
  });
}
