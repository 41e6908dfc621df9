import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { needs } from '#harness/needs.ts';
import { removeFromCompose } from '../../../../sidecars/attach/compose/remove.ts';
import { attached, goldens } from './golden.ts';

/** Variables that goldens have no default for. */
const env = { LOGS_PASSWORD: 'a', S3_ID: 'b', S3_SECRET: 'c', PASSPHRASE: 'd' };

for (const { name, folder, before } of goldens())
  suite(name, () => {
    const file = new URL('compose.sidekick.yaml', folder);

    test('it becomes what was written down', () => {
      const expected = existsSync(file) ? readFileSync(file, 'utf8') : '';
      assert.equal(attached(before), expected, 'if that is right: node test/sidecars/attach/compose/write-golden.ts');
    });

    test('attached twice it is the same', () => {
      assert.equal(attached(attached(before)), attached(before));
    });

    test('taken out again it is what it was', () => {
      assert.equal(removeFromCompose(attached(before), 'compose.yaml'), before);
    });

    test('compose accepts it, alone and over the original', needs('docker'), async () => {
      for (const files of [['compose.sidekick.yaml'], ['compose.yaml', 'compose.sidekick.yaml']]) {
        const given = files.flatMap((one) => ['--file', fileURLToPath(new URL(one, folder))]);
        const run = promisify(execFile)('docker', ['compose', ...given, 'config', '--quiet'], {
          env: { ...process.env, ...env },
        });
        const { stderr } = await run;
        assert.equal(stderr, '');
      }
    });
  });
