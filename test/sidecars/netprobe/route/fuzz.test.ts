import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '#harness/random.ts';
import { received } from '#shared/linux/netlink/message.ts';
import { decodeAddress } from '../../../../sidecars/netprobe/route/addresses.ts';
import { decodeEvents, type RouteEvent } from '../../../../sidecars/netprobe/route/changes.ts';
import { addressJson, linkJson, namesOf, neighbourJson, routeJson } from '../../../../sidecars/netprobe/route/json.ts';
import { decodeLink } from '../../../../sidecars/netprobe/route/links.ts';
import { decodeNeighbour } from '../../../../sidecars/netprobe/route/neighbours.ts';
import { decodeRoute } from '../../../../sidecars/netprobe/route/routes.ts';

const nameOf = namesOf([]);

/** Bytes that lead deep into a decoder: attributes of types and lengths as they may be, with random content, and now and then a wrong length. */
function hostile(random: ReturnType<typeof seeded>, size: number): Uint8Array {
  const bytes = Uint8Array.from({ length: size + random.below(300) }, () => random.pick([0, 0, 1, 2, 10, random.below(256)]));
  const view = new DataView(bytes.buffer);
  bytes[0] = random.pick([0, 2, 10, random.below(256)]);
  for (let at = size; at + 8 <= bytes.length; ) {
    const length = random.pick([4, 5, 8, 8, 10, 20, 36, 68, 200, random.below(300)]);
    view.setUint16(at, length, true);
    view.setUint16(at + 2, random.pick([1, 1, 2, random.below(12), random.below(45)]), true);
    at += Math.max(4, (length + 3) & ~3);
  }
  return bytes.subarray(0, random.pick([bytes.length, random.below(bytes.length + 1)]));
}

const decoders = {
  link: { size: 16, make: (...given: Parameters<typeof decodeLink>) => decodeLink(...given), show: linkJson },
  address: { size: 8, make: decodeAddress, show: addressJson },
  route: { size: 12, make: decodeRoute, show: routeJson },
  neighbour: { size: 12, make: decodeNeighbour, show: neighbourJson },
};

for (const [name, { size, make, show }] of Object.entries(decoders))
  test(`whatever bytes come, a ${name} is decoded or it is not, and nothing behind the end is read`, (t) => {
    const random = seeded(t);
    let made = 0;
    for (let round = 0; round < 4000; round += 1) {
      const bytes = hostile(random, size);
      const results = [0x00, 0xff].map((behind) => {
        const memory = received(new ArrayBuffer(1024));
        memory.bytes.fill(behind);
        memory.bytes.set(bytes, 16);
        return make(memory, 16, 16 + bytes.length);
      });
      assert.deepEqual(results[0], results[1]);
      if (results[0] === undefined) continue;
      made += 1;
      JSON.stringify((show as (value: unknown, of: typeof nameOf) => unknown)(results[0], nameOf));
    }
    assert.ok(made > 100, `only ${made} were decoded: the bytes lead nowhere`);
  });

test('whatever bytes come as events, they come to an end', (t) => {
  const random = seeded(t);
  let told = 0;
  for (let round = 0; round < 4000; round += 1) {
    const memory = received(new ArrayBuffer(4096));
    const view = new DataView(memory.bytes.buffer);
    let at = 0;
    while (at < 2000) {
      const body = hostile(random, 16);
      memory.bytes.set(body, at + 16);
      view.setUint32(at, random.pick([16 + body.length, 16 + body.length, random.below(40), 0, 0xffff_fff0]), true);
      view.setUint16(at + 4, 16 + random.below(16), true);
      at += (16 + body.length + 3) & ~3;
    }
    const events: RouteEvent[] = [];
    decodeEvents(memory, random.below(at), events);
    told += events.length;
  }
  assert.ok(told > 100);
});
