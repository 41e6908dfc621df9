import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { read } from '#shared/config/read.ts';
import { program } from '../../sidecars/backup/config.ts';
import { sidecarsOf } from '../containers.ts';

for (const [file, count] of [
  ['compose-examples/backup/kubernetes.sidekick.yaml', 3],
  ['compose-examples/postgres-backup/kubernetes.yaml', 2],
  ['docs/how-to/kubernetes.md', 1],
] as const) {
  test(`the settings of the containers in ${file} are read`, () => {
    const containers = sidecarsOf(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'), 'sidekick/backup');
    assert.equal(containers.length, count);
    for (const { args, env } of containers) {
      assert.ok(Object.keys(env).length > 3);
      assert.deepEqual(read(program, { argv: args, env, readFile: () => 'of the secret' }).problems, []);
    }
  });
}
