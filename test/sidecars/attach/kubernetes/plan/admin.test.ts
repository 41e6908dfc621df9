import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { probesOf } from '../../../../../sidecars/attach/kubernetes/plan/admin.ts';
import { sidecars } from '../../../../../sidecars/attach/wish/sidecars.ts';
import type { SidecarName } from '../../../../../sidecars/attach/wish/wish.ts';

const dockerfile = readFileSync(new URL('../../../../../images/Dockerfile', import.meta.url), 'utf8');

interface Probes {
  readonly startupProbe?: { readonly exec: { readonly command: readonly string[] } };
  readonly readinessProbe?: unknown;
}

for (const sidecar of Object.keys(sidecars) as SidecarName[])
  test(`${sidecar}: where its server is not to be reached from outside, the probe is the health check of its image`, () => {
    const { startupProbe } = probesOf(sidecar, { by: 'command' }, sidecar) as Probes;
    const words = startupProbe?.exec.command.map((word) => JSON.stringify(word)).join(', ');
    assert.ok(dockerfile.includes(`CMD [${words}]`), String(words));
  });

test('only logs and ambassador keep a pod from being ready', () => {
  const asked = (Object.keys(sidecars) as SidecarName[]).filter(
    (sidecar) => (probesOf(sidecar, { by: 'http', port: 9800 }, 'admin') as Probes).readinessProbe !== undefined,
  );
  assert.deepEqual(asked.sort(), ['ambassador', 'logs']);
});

test('without a server there are no probes', () => {
  assert.deepEqual(probesOf('logs', { by: 'nothing' }, 'logs'), {});
});
