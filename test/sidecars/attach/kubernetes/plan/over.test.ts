import assert from 'node:assert/strict';
import { test } from 'node:test';
import { laidOver } from '../../../../../sidecars/attach/kubernetes/plan/over.ts';

test('maps are merged, other values and lists are replaced', () => {
  const below = { image: 'a', resources: { limits: { memory: '64Mi' }, requests: { cpu: '10m' } }, args: ['x'] };
  const over = { image: 'b', resources: { limits: { memory: '1Gi' } }, args: ['y', 'z'], tty: true };
  assert.deepEqual(laidOver(below, over), {
    image: 'b',
    resources: { limits: { memory: '1Gi' }, requests: { cpu: '10m' } },
    args: ['y', 'z'],
    tty: true,
  });
});

test('lists whose items have a key are merged by it', () => {
  const below = {
    env: [
      { name: 'A', value: '1' },
      { name: 'B', value: '2' },
    ],
    volumeMounts: [{ name: 'state', mountPath: '/state' }],
    ports: [{ name: 'admin', containerPort: 9801 }],
  };
  const over = {
    env: [
      { name: 'C', value: '3' },
      { name: 'A', valueFrom: {} },
    ],
    volumeMounts: [{ name: 'kept', mountPath: '/state' }],
    ports: [{ containerPort: 80 }],
  };
  assert.deepEqual(laidOver(below, over), {
    env: [
      { name: 'A', valueFrom: {} },
      { name: 'B', value: '2' },
      { name: 'C', value: '3' },
    ],
    volumeMounts: [{ name: 'kept', mountPath: '/state' }],
    ports: [{ name: 'admin', containerPort: 9801 }, { containerPort: 80 }],
  });
});
