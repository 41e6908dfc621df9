import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../sidecars/attach/main.ts', import.meta.url));
const examples = fileURLToPath(new URL('.', import.meta.url));

/** What `attach` makes of a text. */
function attach(text: string, ...words: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...words], { input: text, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return stdout;
}

const made = globSync('*/{compose,kubernetes}.sidekick.yaml', { cwd: examples }).sort();

test('examples have sidecars attached', () => assert.ok(made.length >= 9, made.join()));

for (const file of made) {
  const words = file.includes('kubernetes') ? ['--kubernetes'] : [];
  const original = file.replace('.sidekick', '');

  test(`${file} is what attach makes of ${original}, and what it leaves as it is`, () => {
    const before = readFileSync(examples + original, 'utf8');
    const after = readFileSync(examples + file, 'utf8');
    assert.equal(attach(before, ...words), after, `${file} is out of date: its README says how it is made`);
    assert.equal(attach(after, ...words), after);
    assert.equal(attach(after, ...words, '--remove'), before);
  });
}
