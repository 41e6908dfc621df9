import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../scripts/soak.ts', import.meta.url));

function soak(...words: string[]) {
  return spawnSync(process.execPath, [script, ...words], { encoding: 'utf8' });
}

test('npm run soak says what there is', () => {
  const { status, stdout } = soak('--help');
  assert.equal(status, 0);
  assert.match(
    stdout,
    /^errno: .*\n[\s\S]*--calls[\s\S]*^logs: .*\n[\s\S]*--trap=NAME,… +some of: 1, 2, 3, .* 27, files, binary, large$/m,
  );
});

for (const [words, code, message] of [
  [['nope'], 64, /there is no soak nope; there are: errno, logs/],
  [['logs', '--runs=0'], 1, /logs: --runs=0 is no number of runs/],
  [['logs', '--lanes=two'], 1, /logs: --lanes=two is no number of lanes/],
  [['logs', '--trap=1,28'], 1, /logs: --trap: there is no 28; there are: 1, 2, /],
  [['logs', '--slow'], 1, /logs: Unknown option '--slow'/],
] as const)
  test(`${words.join(' ')}: a message, and ${code}`, () => {
    const { status, stderr } = soak(...words);
    assert.equal(status, code);
    assert.match(stderr, message);
  });

test('a trap that is played twice, and what came of it', () => {
  const { status, stdout, stderr } = soak('logs', '--runs=2', '--trap=20', '--seed=7');
  assert.equal(status, 0, stdout + stderr);
  assert.match(stdout, /^seeds from 7 on$/m);
  assert.match(stdout, /^ +20 {2}invalid UTF-8, NUL, ESC\n +2 runs, 0 lost, 0 duplicates; bound: 0 duplicates: held$/m);
});
