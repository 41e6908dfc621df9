import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { parseCommandLine } from '#shared/config/command-line.ts';
import { type Attached, type How, Refused } from '../../../sidecars/attach/attached.ts';
import { attachCompose } from '../../../sidecars/attach/compose/attach.ts';
import { removeFromCompose } from '../../../sidecars/attach/compose/remove.ts';
import { tool } from '../../../sidecars/attach/config.ts';
import { attachKubernetes } from '../../../sidecars/attach/kubernetes/attach.ts';
import { removeFromKubernetes } from '../../../sidecars/attach/kubernetes/remove.ts';

const document = readFileSync(new URL('../../../docs/how-to/attach.md', import.meta.url), 'utf8');

/** A fenced block of the document. */
interface Block {
  readonly language: string;
  readonly text: string;
  /** For titles: where it begins. */
  readonly line: number;
}

const blocks: readonly Block[] = [...document.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(
  ({ 1: language = '', 2: text = '', index }) => ({ language, text, line: document.slice(0, index).split('\n').length }),
);

/** A file, which is whole, and the block behind it. */
interface File extends Block {
  readonly next: Block | undefined;
  /** What the next block says that it is refused with. */
  readonly refusal: string | undefined;
}

const files: readonly File[] = blocks.flatMap((block, index) => {
  if (block.language !== 'yaml' || isExcerpt(block)) return [];
  const next = blocks[index + 1];
  return [{ ...block, next, refusal: next?.text.startsWith('compose.yaml:') ? next.text : undefined }];
});

/** Whether a block is a part of what was attached. */
function isExcerpt({ text }: Block): boolean {
  return text.startsWith('  # added by sidekick/attach');
}

function attach({ text }: Block): Attached {
  const how: How = {
    file: 'compose.yaml',
    images: undefined,
    tag: text.includes('tag:') ? undefined : '0.1.0',
    build: undefined,
  };
  return isManifest(text) ? attachKubernetes(text, how) : attachCompose(text, how);
}

function remove(text: string): string {
  return isManifest(text) ? removeFromKubernetes(text, 'k.yaml') : removeFromCompose(text, 'compose.yaml');
}

function isManifest(text: string): boolean {
  return text.startsWith('apiVersion:');
}

describe('the files in docs/how-to/attach.md', () => {
  test('are of both engines, with one that is refused', () => {
    assert.ok(files.some(({ text }) => isManifest(text)));
    assert.equal(files.filter(({ refusal }) => refusal !== undefined).length, 1);
    assert.ok(files.length >= 6 && blocks.some(isExcerpt));
  });

  for (const file of files.filter(({ refusal }) => refusal === undefined))
    test(`line ${file.line}: sidecars are attached, twice as once, and taken out again`, () => {
      const { text, changes } = attach(file);
      assert.ok(changes.length > 0);
      assert.equal(attach({ ...file, text }).text, text);
      assert.equal(remove(text), file.text);
    });

  for (const file of files.filter(({ refusal }) => refusal !== undefined))
    test(`line ${file.line}: it is refused as the document says`, () =>
      assert.throws(
        () => attach(file),
        (error) => error instanceof Refused && `${error.message}\n` === file.refusal,
      ));

  test('an excerpt is what was added to the file before it', () => {
    for (const [index, block] of blocks.entries()) {
      if (!isExcerpt(block)) continue;
      const file = blocks.slice(0, index).findLast(({ language }) => language === 'yaml');
      assert.ok(file && attach(file).text.includes(block.text), `line ${block.line}`);
    }
  });
});

describe('the commands in docs/how-to/attach.md', () => {
  const lines = [...document.matchAll(/docker run [^\n`]*? sidekick\/attach( [^\n`|<>]*)?/g)].map(([, words = '']) =>
    words.trim(),
  );

  test('are there', () => assert.ok(lines.length >= 6));

  for (const line of new Set(lines))
    test(`sidekick/attach ${line}`, () => {
      const { problems, call } = parseCommandLine(tool, line === '' ? [] : line.split(/ +/));
      assert.deepEqual(problems, []);
      assert.ok(call === undefined || call.verb in tool.verbs);
    });
});
