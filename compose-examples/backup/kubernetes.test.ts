import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { read } from '#shared/config/read.ts';
import { program } from '../../sidecars/backup/config.ts';

for (const [file, count] of [
  ['compose-examples/backup/kubernetes.yaml', 3],
  ['compose-examples/postgres-backup/kubernetes.yaml', 2],
  ['docs/how-to/kubernetes.md', 1],
] as const) {
  test(`the settings of the containers in ${file} are read`, () => {
    const yaml = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
    const containers = yaml.split('image: sidekick/backup:').slice(1);
    assert.equal(containers.length, count);
    for (const container of containers) {
      const [own = ''] = container.split(/ volumeMounts:/);
      const [, words] = /^ *args: \[(.*)\]$/m.exec(own) ?? [];
      const entries = [...own.matchAll(/\{ name: ([A-Z0-9_]+), value: "?([^"]*?)"? \}/g)].map(([, name = '', value]) => [
        name,
        value,
      ]);
      assert.ok(entries.length > 3);
      const argv = words?.split(', ').map((word) => word.replace(/^"(.*)"$/, '$1')) ?? [];
      assert.deepEqual(read(program, { argv, env: Object.fromEntries(entries), readFile: () => 'of the secret' }).problems, []);
    }
  });
}
