import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inOrder } from '../../../../../sidecars/attach/kubernetes/plan/order.ts';
import type { SidecarName, Wish } from '../../../../../sidecars/attach/wish/wish.ts';

const place = { line: 1, column: 1 };

function wish(sidecar: SidecarName, more: Partial<Wish> = {}): Wish {
  return { sidecar, settings: [], hosts: [], links: false, over: {}, place, ...more };
}

function orderWith(to: string): string {
  const logs = wish('logs', {
    settings: [{ option: 'to', variable: 'LOGS_TO', isPath: false, given: { from: 'text', text: to }, place }],
  });
  const hosts = [{ name: 'Loki', port: 3100, backends: undefined, options: undefined, place }];
  const wishes = [wish('netprobe'), wish('ambassador', { hosts }), wish('backup'), logs];
  return inOrder(wishes)
    .map(({ sidecar }) => sidecar)
    .join(' ');
}

test('the logs start first, so that they are the last to be told to stop', () => {
  assert.equal(orderWith('https://logs.example/in'), 'logs ambassador backup netprobe');
  assert.equal(orderWith('stdout:'), 'logs ambassador backup netprobe');
});

test('where logs go through the ambassador, that one starts before and stops after them', () => {
  for (const to of ['loki+http://loki:3100', 'stdout:,https://127.0.0.1:8080/in', 'syslog+tcp://localhost', 'http://[::1]:80/'])
    assert.equal(orderWith(to), 'ambassador logs backup netprobe', to);
});
