import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { startSidecar } from '#harness/process.ts';
import { until } from '#harness/until.ts';
import { alerts, expressions, metrics, panels } from './expressions.ts';

const here = fileURLToPath(new URL('.', import.meta.url));

test('the alert rules are valid, and fire when they should and not otherwise', needs('promtool'), () => {
  execFileSync('promtool', ['check', 'rules', '--lint=all', '--lint-fatal', 'alerts.yaml'], { cwd: here });
  execFileSync('promtool', ['test', 'rules', 'alerts.test.yaml'], { cwd: here });
  assert.equal(new Set(alerts).size, alerts.length);
});

test('every expression of the dashboard is one', needs('promtool'), (t) => {
  const file = `${temporaryFolder(t)}/rules.yaml`;
  const rules = expressions.map((expr, index) => ({ record: `of_${index}`, expr }));
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'all', rules }] }));
  execFileSync('promtool', ['check', 'rules', file]);
});

test('panels have names, ids of their own, and a place where no other is', () => {
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  const taken = new Map<string, string>();
  for (const { title, type, targets, gridPos } of panels) {
    const { h, w, x, y } = gridPos;
    assert.notEqual(title, '');
    assert.equal(type === 'row', targets === undefined, title);
    assert.equal(new Set(targets?.map(({ refId }) => refId)).size, targets?.length ?? 0, title);
    assert.ok(x >= 0 && x + w <= 24 && h > 0, title);
    for (let column = x; column < x + w; column += 1)
      for (let line = y; line < y + h; line += 1) {
        assert.equal(taken.get(`${column} ${line}`), undefined, `${title} lies on another panel`);
        taken.set(`${column} ${line}`, title);
      }
  }
});

test('every metric that is named is one of the probe', needs('linux'), async (t) => {
  const server = createServer((_request, response) => response.end('here'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const probe = startSidecar(t, 'netprobe', {
    NETPROBE_ADMIN: '127.0.0.1:0',
    NETPROBE_INTERVAL: '200ms',
    NETPROBE_CHECKS: `dns://localhost,${url}`,
    NETPROBE_CHECK_INTERVAL: '500ms',
  });
  const admin = await probe.admin();
  // what a machine may not have: connection tracking, and neighbours
  const asked = metrics.filter((name) => !/^(node_nf_conntrack|sidekick_netprobe_neighbours)/.test(name));
  let missing: readonly string[] = asked;
  await until('all of them are there', async () => {
    // connections of others than the probe, some of which live at the next reading
    void fetch(url).then((answer) => answer.text());
    const text = await (await fetch(`${admin}/metrics`)).text();
    const told = new Set([...text.matchAll(/^(\w+)[{ ]/gm)].map(([, name]) => name));
    missing = asked.filter((name) => !told.has(name));
    return missing.length === 0;
  }).catch((error) => assert.fail(`${error}: ${missing.join(', ')} missing`));
});
