import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { attachCompose } from '../../../sidecars/attach/compose/attach.ts';
import { removeFromCompose } from '../../../sidecars/attach/compose/remove.ts';

/** Compose files as people write them: small, and each with something in it that edits of a text stumble over. */
const folder = new URL('stacks/', import.meta.url);
const stacks = readdirSync(folder).sort();

/** The ways in which editors leave the same file. */
const variants: Readonly<Record<string, (text: string) => string>> = {
  'as it is': (text) => text,
  'with line ends of Windows': (text) => text.replaceAll('\n', '\r\n'),
  'without the last line end': (text) => text.replace(/\n+$/, ''),
  'with a byte order mark': (text) => `\ufeff${text}`,
};

function attached(text: string): string {
  return attachCompose(text, { file: 'compose.yaml', images: undefined, tag: undefined, build: undefined }).text;
}

for (const stack of stacks) {
  describe(`a stack as ${stack}`, () => {
    const text = readFileSync(new URL(stack, folder), 'utf8');

    for (const [variant, varied] of Object.entries(variants))
      test(`${variant}: attached twice is attached once, and taken out it is what it was`, () => {
        const before = varied(text);
        const once = attached(before);
        assert.notEqual(once, before);
        assert.equal(attached(once), once);
        assert.equal(removeFromCompose(once, 'compose.yaml'), before);
      });

    test('keeps every line that it had, but for the ends of those between braces', () => {
      const left = new Set(attached(text).split('\n'));
      const lost = text.split('\n').filter((line) => !left.has(line));
      assert.ok(
        lost.every((line) => /[[{~]|^ *links:/.test(line)),
        `lost: ${JSON.stringify(lost)}`,
      );
    });

    test('is taken by compose', needs('docker'), (t) => {
      const folder = temporaryFolder(t);
      writeFileSync(join(folder, 'token'), '');
      for (const file of [text, attached(text), attached(variants['with line ends of Windows']?.(text) ?? '')]) {
        const compose = ['compose', '--project-name', 'stack', '--profile', '*', '-f', '-', 'config', '--quiet'];
        const env = { ...process.env, BACKUP_KEY: 'key' };
        const { status, stderr } = spawnSync('docker', compose, { cwd: folder, env, input: file, encoding: 'utf8' });
        assert.equal(status, 0, `${stderr}\n${file}`);
      }
    });
  });
}
