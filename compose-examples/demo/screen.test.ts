import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import type { Scene } from './scene.ts';
import { statusOf, summaryOf, type View } from './screen.ts';

const attached = (admin: string) => ({ admin, answers: true, absences: 0 });
const scene: Scene = {
  shop: { requests: 12_345, failed: 0, rotations: 5, orders: 2001, repeats: 3 },
  attached: {
    ...{ logs: attached('http://127.0.0.1:4001'), ambassador: attached('http://127.0.0.1:4003') },
    ...{ backup: attached('http://127.0.0.1:4002'), netprobe: attached('http://127.0.0.1:4004') },
  },
  logs: {
    ...{ written: 12_345, shipped: 12_300, duplicates: 1, rotations: 5, strangers: 0, missing: [], batches: 60, host: 'machine' },
    ...{ perSecond: { written: [0, 100, 800], shipped: [0, 0, 1] }, lines: ['the newest line'] },
  },
  ambassador: {
    ...{ listen: '127.0.0.1:7000', clients: 8, accepted: 90, retries: 4, sent: 1000, received: 2000 },
    backends: [
      { name: '127.0.0.1:7001', state: 'down', active: 0, connections: 40, absences: 1, perSecond: [0, 800, 0] },
      { name: '127.0.0.1:7002', state: 'up', active: 8, connections: 50, absences: 0, perSecond: [0, 0, 800] },
    ],
  },
  backup: {
    ...{ good: 7, bad: 0, next: null },
    recent: [{ id: 'b', kind: 'full', started: '', files: 1, bytes: 28_700, stored: 3950, verified: true }],
  },
  netprobe: {
    ...{ source: 'netlink', missing: [], lost: 0 },
    listener: { address: '127.0.0.1:8080', queue: 1, limit: 511, drops: 0 },
    visitors: { connections: 13, opened: 20, sent: 516_000, received: 453_000, retransmitted: 0 },
    stock: { connections: 8, opened: 90, sent: 1001, received: 2002, retransmitted: 3 },
    checks: [
      { check: 'tcp://127.0.0.1:7000', ok: true, seconds: 0.001 },
      { check: 'http://127.0.0.1:8080/', ok: null, seconds: null },
    ],
  },
};
const running = (pid: number, kills = 0) => ({ pid, kills, standing: 'running' as const });
const view: View = {
  scene,
  page: 'http://127.0.0.1:4000/',
  sidecars: { logs: running(71, 1), ambassador: running(72), backup: running(73), netprobe: running(74) },
  stocks: [{ pid: 81, kills: 1, standing: 'killed' }, running(82)],
  stockAddresses: ['127.0.0.1:7001', '127.0.0.1:7002'],
};

const plain = (of: View, width = 80) => statusOf(of, width).map((line) => stripVTControlCharacters(line).trimEnd());

test('the status tells of all four, where to look, and what to try', () => {
  const lines = plain(view);
  for (const line of [
    'Sidekick: four sidecars beside a shop   page http://127.0.0.1:4000/',
    '  shop       12,345 requests, 0 failed, 2,001 orders',
    'logs         http://127.0.0.1:4001   pid 71, 1 kill -9',
    '  written         12,345   ▁█',
    '  shipped         12,300    █',
    '             45 on the way, 1 came twice, 5 rotations',
    'ambassador   http://127.0.0.1:4003   pid 72',
    '             127.0.0.1:7000: 8 of 90 open; 4 tried, 3 asked again',
    `  stock-1         1 kill   █${' '.repeat(33)}killed pid 81`,
    `  stock-2        0 kills    █${' '.repeat(32)}up pid 82`,
    'backup       http://127.0.0.1:4002   pid 73',
    '             7 good, 0 failed; the last: 28.7 kB in 3.95 kB, read back',
    'netprobe     http://127.0.0.1:4004   pid 74',
    '  shop       127.0.0.1:8080, queue 1/511; 1 of 2 checks well',
    '  visitors   13 connections, 516 kB sent, 453 kB received, 0 B again',
    '  stock      8 connections, 1.00 kB sent, 2.00 kB received, 3 B again',
    'Try kill -9 71 (logs) or 81 (stock-1): nothing is lost.',
  ])
    assert.ok(lines.includes(line), `${line} is not in\n${lines.join('\n')}`);
});

test('it fits a terminal of 80 columns and 24 rows', () => {
  const million = {
    ...scene.logs,
    written: 9_999_999,
    shipped: 1_999_999,
    perSecond: { written: Array(60).fill(9), shipped: Array(60).fill(9) },
  };
  const busy = scene.ambassador && {
    ...{ ...scene.ambassador, accepted: 99_999, retries: 9999 },
    backends: scene.ambassador.backends.map((backend) => ({ ...backend, perSecond: Array(60).fill(9) })),
  };
  const lines = plain({
    ...view,
    scene: { ...scene, logs: million, ambassador: busy },
    stocks: [{ pid: 4_194_303, kills: 1, standing: 'killed' }, running(4_194_303, 999)],
  });
  assert.ok(lines.length < 24, `${lines.length} lines`);
  for (const line of lines) assert.ok(line.length <= 80, `${line.length}: ${line}`);
});

test('it tells a sidecar that was killed from one that has ended, and from one that is not attached', () => {
  const statusWhen = (logs: View['sidecars']['logs']) => plain({ ...view, sidecars: { ...view.sidecars, logs } }).join('\n');
  assert.match(statusWhen({ pid: 71, kills: 1, standing: 'killed' }), /^logs .* killed, is started again/m);
  assert.match(statusWhen({ pid: 71, kills: 1, standing: 'stopped' }), /^logs .* ended in order/m);
  const without: Scene = { ...scene, netprobe: undefined, attached: { ...scene.attached, netprobe: attached('') } };
  const lines = plain({ ...view, scene: without, sidecars: { ...view.sidecars, netprobe: undefined } });
  assert.ok(lines.includes('netprobe                             not attached'), lines.join('\n'));
  assert.ok(lines.includes('             This system has nothing that it could read: it needs Linux.'));
});

test('before anything is known it says so', () => {
  const lines = plain({
    ...view,
    scene: { ...scene, shop: undefined, ambassador: undefined, backup: undefined, netprobe: undefined },
  });
  for (const line of ['nothing carried yet', 'no backup yet', 'nothing read yet'])
    assert.ok(lines.includes(`             ${line}`), lines.join('\n'));
});

test('where /proc is read, it says that this tells no bytes', () => {
  const { netprobe } = scene;
  const stock = { connections: 8, opened: 90, sent: null, received: null, retransmitted: null };
  const lines = plain({ ...view, scene: { ...scene, netprobe: netprobe && { ...netprobe, stock } } });
  assert.ok(lines.includes('  stock      8 connections; /proc tells no bytes'), lines.join('\n'));
});

test('a pipe gets the same in one line', () => {
  assert.equal(
    summaryOf(view),
    'written 12,345, shipped 12,300 (1 kill -9, 5 rotations); 0 failed (1 kill -9 of stock); 2,001 orders in 7 backups; ' +
      'stock 8 connections, 1.00 kB sent, 2.00 kB received, 3 B again',
  );
});
