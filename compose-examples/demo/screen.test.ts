import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { statusOf, summaryOf, type View } from './screen.ts';

const view: View = {
  counts: {
    ...{ written: 12_345, shipped: 12_300, duplicates: 1, rotations: 5, strangers: 0, missing: [], batches: 60, host: 'machine' },
    perSecond: { written: [0, 100, 800], shipped: [0, 0, 1] },
    lines: ['the newest line', 'x'.repeat(200)],
  },
  page: 'http://127.0.0.1:4000/',
  admin: 'http://127.0.0.1:4001',
  log: '/var/log/access.log',
  sidecar: { pid: 77, kills: 1, standing: 'running' },
};

test('the status tells the counts, where to look, and what to try', () => {
  const lines = statusOf(view, 80).map(stripVTControlCharacters);
  for (const line of [
    '  page       http://127.0.0.1:4000/',
    '  sidecar    http://127.0.0.1:4001/metrics  http://127.0.0.1:4001/status',
    '  written         12,345   ▁█',
    '  shipped         12,300    █',
    '  on the way          45  lines; 1 came twice',
    '  kills                1  pid 77',
    '  the newest line',
    'Try kill -9 77 in another terminal: the sidecar is started again, and nothing is lost.',
  ])
    assert.ok(lines.includes(line), `${line} is not in\n${lines.join('\n')}`);
  assert.ok(lines.filter((line) => line.includes('xxx')).every(({ length }) => length < 80));
});

test('it tells a sidecar that was killed from one that has ended', () => {
  const statusWhen = (standing: View['sidecar']['standing']) =>
    statusOf({ ...view, sidecar: { pid: 77, kills: 1, standing } }, 80).join('\n');
  assert.match(statusWhen('killed'), /killed; it is started again/);
  assert.match(statusWhen('stopped'), /ended in order/);
});

test('a pipe gets the same in one line', () => {
  assert.equal(summaryOf(view), 'written 12,345, shipped 12,300, 45 on the way, 1 duplicate, 5 rotations, 1 kill -9');
});
