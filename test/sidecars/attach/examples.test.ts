import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { attachedFiles } from '../../../scripts/attached.ts';
import { root } from '../../../scripts/pinned.ts';
import { rewrite } from '../../../sidecars/attach/verbs/rewrite.ts';

const textOf = (file: string) => readFileSync(root + file, 'utf8');
const files = attachedFiles();

describe('files of the examples that attach makes', () => {
  for (const { source, target, kubernetes } of files) {
    const how = { file: source, images: undefined, tag: undefined, build: undefined };
    const rewritten = (file: string, remove: boolean) =>
      rewrite({ name: file, path: file, text: textOf(file) }, { kubernetes, remove }, how).text;

    test(`${target} is made of ${source}`, () => {
      assert.equal(textOf(target), rewritten(source, false), `${target} is out of date: run npm run docs`);
      assert.notEqual(textOf(target), textOf(source), `${source} asks for nothing`);
    });

    test(`${target} gives back ${source}`, () => {
      assert.equal(rewritten(target, true), textOf(source));
      assert.equal(rewritten(target, false), textOf(target));
    });
  }

  test('are there for every wish of an example', () => {
    const wishing = globSync('compose-examples/*/{compose,kubernetes}.yaml', { cwd: root }).filter((file) =>
      /^\s+(?:x-sidekick|sidekick\/attach):/m.test(textOf(file)),
    );
    assert.deepEqual(wishing.sort(), files.map(({ source }) => source).sort());
  });
});
