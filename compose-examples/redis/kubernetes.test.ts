import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { routesOfText } from '../../sidecars/ambassador/config.ts';

for (const [file, names] of [
  ['compose-examples/redis/kubernetes.sidekick.yaml', ['6379']],
  ['docs/how-to/kubernetes.md', ['6379', '5432']],
] as const) {
  test(`the routes in the ConfigMap of ${file} are read`, () => {
    const yaml = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
    const [, block = ''] = /^ {2}routes: \|\n((?: {4}.*\n)+)/m.exec(yaml) ?? [];
    const routes = routesOfText(block, { routes: undefined, defaults: {}, links: false, admin: { type: 'off' } }, {});
    assert.deepEqual(
      routes.map(({ name }) => name),
      names,
    );
  });
}
