import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MetInterfaces } from '../../../../../sidecars/netprobe/capture/ring/met-interfaces.ts';

const [ether, none] = [1, 65534];

/** Interfaces, and what they are called at present. */
function scene() {
  const names = new Map([
    [2, 'eth0'],
    [3, 'tun0'],
  ]);
  const described: string[] = [];
  const met = new MetInterfaces(
    (index) => names.get(index),
    (place) => described.push(`${place.id} ${place.name} ${place.linkType}`),
  );
  return { names, described, met };
}

test('each is described once, by what its frames begin with', () => {
  const { met, described } = scene();
  for (const [index, hardware] of [
    [2, ether],
    [3, none],
    [2, ether],
    [3, none],
  ] as const)
    met.of(index, hardware, 0);
  met.forgetRenamed();
  assert.equal(met.of(2, ether, 0), met.all[0]);
  assert.deepEqual(described, ['0 eth0 1', '1 tun0 101']);
});

test('one that was renamed is another one', () => {
  const { met, described, names } = scene();
  met.of(2, ether, 0);
  names.set(2, 'web0');
  met.forgetRenamed();
  assert.notEqual(met.last.index, 2);
  met.of(2, ether, 0);
  assert.deepEqual(described, ['0 eth0 1', '1 web0 1']);
});

test('what one that is gone has left is its own, and another one in its place is another one', () => {
  const { met, described, names } = scene();
  const first = met.of(2, ether, 0);
  names.delete(2);
  met.forgetRenamed();
  met.forgetRenamed();
  assert.equal(met.of(2, ether, 0), first);
  names.set(2, 'eth0');
  met.forgetRenamed();
  assert.notEqual(met.of(2, ether, 0), first);
  assert.deepEqual(described, ['0 eth0 1', '1 eth0 1']);
});

test('one that was gone before it was met has its index for a name', () => {
  const { met, described } = scene();
  met.of(9, ether, 0);
  assert.deepEqual(described, ['0 interface 9 1']);
});
