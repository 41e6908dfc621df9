import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seeded } from '#harness/random.ts';
import { Blocks } from '../../../../../sidecars/netprobe/capture/recorder/packet-blocks.ts';
import { PacketMemory } from '../../../../../sidecars/netprobe/capture/recorder/packet-memory.ts';
import { contentsOf, describeInterface, enhancedPacket, type NumberedPacket } from './packets.ts';

const million = 1_000_000n;

function put(memory: PacketMemory, ...blocks: readonly Buffer[]): number {
  const bytes = Buffer.concat(blocks);
  return memory.put(new Blocks(bytes), 0, bytes.length);
}

function drained(memory: PacketMemory): number[] {
  const numbers: number[] = [];
  memory.drain((blocks, packets, time) => {
    const found = contentsOf(Buffer.from(blocks)).packets;
    assert.equal(found.length, packets);
    assert.equal(time, Number(found.at(-1)?.time) / 1e6);
    numbers.push(...found.map(({ number }) => number));
  });
  assert.equal(memory.packets, 0);
  return numbers;
}

describe('the memory of packets', () => {
  for (const largest of [100, 1500, 60_000])
    test(`holds the last ones, whatever comes and goes, with packets of up to ${largest} bytes`, (t) => {
      const random = seeded(t);
      const capacity = 2 ** 18;
      const memory = new PacketMemory(capacity);
      let known: NumberedPacket[] = [];
      let number = 0;
      let time = 1_800_000_000_000n * million;
      const sizeOf = (packets: readonly NumberedPacket[]) => packets.reduce((sum, { size }) => sum + 32 + ((size + 3) & ~3), 0);
      for (let step = 0; step < (largest > 10_000 ? 300 : 2000); step += 1) {
        const deed = random.weighted({ put: 20, forget: 3, drain: 1 });
        if (deed === 'put') {
          const blocks: Buffer[] = [];
          const fresh: NumberedPacket[] = [];
          for (let count = random.below(60); count >= 0; count -= 1) {
            time += BigInt(random.below(3_000_000));
            const packet = { number, time, size: 4 + random.below(largest - 3) };
            number += 1;
            fresh.push(packet);
            blocks.push(enhancedPacket(packet), ...(random.below(20) === 0 ? [describeInterface()] : []));
          }
          const before = known.length;
          const lost = put(memory, ...blocks);
          known.push(...fresh);
          known = known.slice(known.length - memory.packets);
          assert.equal(before + fresh.length - lost, memory.packets, 'it tells how many went');
          // one packet at the border may want as much room as it takes itself
          if (lost > 0) assert.ok(sizeOf(known) > capacity - capacity / 4 - 3 * (largest + 40), `${sizeOf(known)} bytes`);
          assert.ok(sizeOf(known) <= capacity);
        } else if (deed === 'forget') {
          const border = Number(time / million) - random.below(500);
          memory.forget(border);
          known = known.filter(({ time: seen }) => seen > BigInt(border) * million);
          assert.equal(memory.packets, known.length);
        } else {
          assert.deepEqual(
            drained(memory),
            known.map(({ number: own }) => own),
          );
          known = [];
        }
        assert.equal(memory.reach, known[0] && Number(known[0].time) / 1e6);
      }
    });

  test('takes blocks that are out of step with words of 32 bits', () => {
    const memory = new PacketMemory(2 ** 16);
    const block = enhancedPacket({ number: 7, time: 5n, size: 9 });
    const shifted = Buffer.concat([Buffer.alloc(1), block, block]).subarray(1);
    assert.equal(
      memory.put(new Blocks(new Uint8Array(shifted.buffer, shifted.byteOffset, shifted.length)), 0, shifted.length),
      0,
    );
    assert.deepEqual(drained(memory), [7, 7]);
  });

  test('keeps what was not taken, where taking fails', () => {
    const memory = new PacketMemory(2 ** 16);
    for (let number = 0; number < 10; number += 1) put(memory, enhancedPacket({ number, time: 5n, size: 40 }));
    const full = () => {
      throw new Error('full');
    };
    assert.throws(() => memory.drain(full, () => 4), /full/);
    assert.deepEqual(drained(memory), [4, 5, 6, 7, 8, 9]);
  });

  test('refuses what is no block, and what is larger than itself', () => {
    const memory = new PacketMemory(2 ** 12);
    assert.throws(() => put(memory, Buffer.alloc(32)), /no block begins at 0/);
    assert.throws(() => put(memory, enhancedPacket({ number: 0, time: 0n, size: 5000 })), /does not fit into a memory of 4096/);
  });

  test('forgets by the nanosecond: what is as old as the border goes', () => {
    const memory = new PacketMemory(2 ** 12);
    const border = 1_800_000_000_123n;
    for (const [number, time] of [border * million - 1n, border * million, border * million + 1n].entries())
      put(memory, enhancedPacket({ number, time, size: 8 }));
    memory.forget(Number(border));
    assert.deepEqual(drained(memory), [2]);
  });
});
