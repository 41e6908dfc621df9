// Backends whose names change what they mean.
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { DnsNamespace } from '#harness/dns.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import type { EngineBackend } from '../../../../sidecars/ambassador/engines/engine.ts';

const addresses = (count: number) => Array.from({ length: count }, (_, index) => `10.0.0.${10 + index}`);
const program = fileURLToPath(new URL('./programs/upstream.ts', import.meta.url));

/** An upstream of `redis:6379`, which begins as one address. */
async function scene(t: TestContext, interval: number) {
  const namespace = await DnsNamespace.open(t, { zone: { redis: { a: addresses(1) } } });
  const child = namespace.spawn(process.execPath, [program, '6379=redis:6379', String(interval)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const told: EngineBackend[][] = [];
  child.on('message', (backends: EngineBackend[]) => void told.push(backends));
  const becomes = async (count: number) => {
    const wanted = addresses(count).join();
    const last = () => told.at(-1)?.map(({ endpoint }) => (endpoint.type === 'tcp' ? endpoint.address : ''));
    await until(`the engine is told of ${wanted}`, () => last()?.join() === wanted);
    return told.at(-1)?.map(({ slot }) => slot) ?? [];
  };
  await becomes(1);
  return { namespace, child, told, becomes };
}

describe('an upstream of a name', needs('linux', 'root'), () => {
  test('1 → 10 → 1 backends: the one that stays has its slot all the while', async (t) => {
    const { namespace, told, becomes } = await scene(t, 50);
    const [slot] = await becomes(1);
    await namespace.set({ redis: { a: addresses(10) } });
    const slots = await becomes(10);
    assert.equal(slots[0], slot);
    assert.equal(new Set(slots).size, 10);
    await namespace.set({ redis: { a: addresses(1) } });
    assert.deepEqual(await becomes(1), [slot]);
    await namespace.set({ redis: { a: addresses(10) } });
    assert.deepEqual(await becomes(10), slots, 'those that come back soon, too');
    assert.equal(told.length, 4);
  });

  test('a failed connection has the name looked up at once', async (t) => {
    const { namespace, child, becomes } = await scene(t, 3_600_000);
    const [slot] = await becomes(1);
    await namespace.set({ redis: { a: addresses(2) } });
    child.send(Number(slot));
    await becomes(2);
  });
});
