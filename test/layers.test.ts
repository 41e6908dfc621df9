import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '#harness/folder.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What the files under test may import. */
const neighbours = {
  'shared/log.ts': 'export const log = 1;\n',
  'sidecars/logs/config.ts': 'export const program = 1;\n',
  'sidecars/logs/main.ts': 'export const main = 1;\n',
  'sidecars/logs/ship/shipper.ts': 'export const shipper = 1;\n',
  'sidecars/backup/config.ts': 'export const program = 2;\n',
  'sidecars/backup/store.ts': 'export const store = 2;\n',
  'test/harness/until.ts': 'export const until = 3;\n',
};

/** What Biome says of one file, with the repository's own settings, in a tree of these files alone. */
function lint(t: TestContext, file: string, text: string, others: Readonly<Record<string, string>> = {}) {
  const tree = temporaryFolder(t);
  for (const name of ['biome.json', 'package.json', '.gitignore']) copyFileSync(join(root, name), join(tree, name));
  for (const [name, content] of Object.entries({ ...neighbours, ...others, [file]: text })) {
    mkdirSync(dirname(join(tree, name)), { recursive: true });
    writeFileSync(join(tree, name), content);
  }
  const { status, stdout, stderr, error } = spawnSync(join(root, 'node_modules/.bin/biome'), ['lint', '--colors=off', file], {
    cwd: tree,
    encoding: 'utf8',
  });
  if (error) throw error;
  const said = `${stdout}${stderr}`;
  return { status, said, rules: new Set(Array.from(said.matchAll(/ (lint\/\w+\/\w+) /g), ([, rule]) => rule)) };
}

/** A file that imports one name from a module, and uses it. */
function importing(name: string, from: string): string {
  return `import { ${name} } from '${from}';\n\nexport const used = ${name};\n`;
}

const layer = 'lint/style/noRestrictedImports';

const refused = [
  ['a sidecar, of another one', 'sidecars/logs/ship/batch.ts', importing('store', '../../backup/store.ts'), layer],
  ['a sidecar, of the settings of another one', 'sidecars/backup/read.ts', importing('program', '../logs/config.ts'), layer],
  ['a sidecar, of shared/ by a relative path', 'sidecars/logs/ship/batch.ts', importing('log', '../../../shared/log.ts'), layer],
  ['a sidecar, of the harness of tests', 'sidecars/logs/ship/batch.ts', importing('until', '#harness/until.ts'), layer],
  ['shared/, of a sidecar', 'shared/run.ts', importing('program', '../sidecars/logs/config.ts'), layer],
  ['shared/, of a test', 'shared/run.ts', importing('until', '#harness/until.ts'), layer],
  ['an example, of a main.ts', 'compose-examples/demo/app.ts', importing('main', '../../sidecars/logs/main.ts'), layer],
  ['images/, of a main.ts', 'images/bake.ts', importing('main', '../sidecars/logs/main.ts'), layer],
  ['scripts/, of a main.ts', 'scripts/docs.ts', importing('main', '../sidecars/logs/main.ts'), layer],
  ['scripts/, of the inside of a sidecar', 'scripts/docs.ts', importing('shipper', '../sidecars/logs/ship/shipper.ts'), layer],
  ['bench/, of a main.ts', 'bench/logs/run.ts', importing('main', '../../sidecars/logs/main.ts'), layer],
  ['attach, of a main.ts', 'sidecars/attach/compose.ts', importing('main', '../logs/main.ts'), layer],
  [
    'a package that package.json does not name',
    'shared/run.ts',
    importing('pad', 'left-pad'),
    'lint/correctness/noUndeclaredDependencies',
  ],
] as const;

const allowed = [
  ['a sidecar, of shared/ and of itself', 'sidecars/logs/ship/batch.ts', `${importing('log', '#shared/log.ts')}`],
  ['a sidecar, of its own folders', 'sidecars/logs/pipeline.ts', importing('shipper', './ship/shipper.ts')],
  ['shared/, of shared/', 'shared/run.ts', importing('log', './log.ts')],
  ['scripts/, of the settings of a sidecar', 'scripts/docs.ts', importing('program', '../sidecars/logs/config.ts')],
  ['images/, of the settings of a sidecar', 'images/bake.ts', importing('program', '../sidecars/logs/config.ts')],
  ['attach, of the settings of another sidecar', 'sidecars/attach/compose.ts', importing('program', '../logs/config.ts')],
  ['a test, of the harness and of a sidecar', 'test/some.test.ts', importing('shipper', '../sidecars/logs/ship/shipper.ts')],
] as const;

describe('Biome refuses an import', () => {
  for (const [what, file, text, rule] of refused)
    test(`by ${what}`, (t) => {
      const { status, said, rules } = lint(t, file, text);
      assert.equal(status, 1, said);
      assert.deepEqual([...rules], [rule], said);
    });

  test('that closes a circle', (t) => {
    const others = { 'shared/odd.ts': importing('used as even', './even.ts').replace('used = used as even', 'odd = even') };
    const { status, said, rules } = lint(t, 'shared/even.ts', importing('odd', './odd.ts'), others);
    assert.equal(status, 1, said);
    assert.deepEqual([...rules], ['lint/suspicious/noImportCycles'], said);
  });
});

describe('Biome allows an import', () => {
  for (const [what, file, text] of allowed)
    test(`by ${what}`, (t) => {
      const { status, said } = lint(t, file, text);
      assert.equal(status, 0, said);
    });
});

describe('Biome refuses a promise that nobody waits for', () => {
  const work = 'async function work(): Promise<void> {}\n\n';
  for (const [what, text] of [
    ['called', `${work}work();\n`],
    ['with only one half of its ends', `${work}work().then(() => 1);\n`],
  ] as const)
    test(what, (t) => {
      const { status, said, rules } = lint(t, 'shared/run.ts', text);
      assert.equal(status, 1, said);
      assert.deepEqual([...rules], ['lint/nursery/noFloatingPromises'], said);
    });

  test('and allows one that is waited for, or let go by name', (t) => {
    const { status, said } = lint(t, 'shared/run.ts', `${work}await work();\nvoid work();\n`);
    assert.equal(status, 0, said);
  });
});
