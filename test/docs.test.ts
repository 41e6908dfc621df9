import assert from 'node:assert/strict';
import { existsSync, globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { variableName } from '#shared/config/table.ts';
import { root } from '../scripts/pinned.ts';
import { documents, fill, parts, textOf } from '../scripts/reference.ts';
import { program as ambassador } from '../sidecars/ambassador/config.ts';
import { program as backup } from '../sidecars/backup/config.ts';
import { program as logs } from '../sidecars/logs/config.ts';
import { program as netprobe } from '../sidecars/netprobe/config.ts';

const written = globSync('{*,docs/**/*,compose-examples/**/*}.md', { cwd: root }).sort();

describe('generated parts', () => {
  test('are what the code says', async () => {
    const generated = await parts();
    for (const document of documents)
      assert.equal(textOf(document), fill(textOf(document), generated), `${document} is out of date: run npm run docs`);
  });

  test('each stands in one document', async () => {
    const all = documents.map(textOf).join('\n');
    for (const name of Object.keys(await parts())) assert.equal(all.split(`<!-- ${name} -->`).length, 2, name);
  });

  test('a marker that is wrong is an error', () => {
    assert.throws(() => fill('<!-- reference:nobody -->\n<!-- /reference:nobody -->', {}), /names no generated part/);
    assert.throws(() => fill('<!-- reference:logs -->\n', { 'reference:logs': '' }), /has no end/);
    assert.equal(fill('<!-- a:b -->\nold\n<!-- /a:b -->\nrest', { 'a:b': 'new' }), '<!-- a:b -->\nnew\n<!-- /a:b -->\nrest');
  });
});

describe('documents', () => {
  for (const document of written) {
    test(`${document}: what it links to is there`, () => {
      const text = textOf(document).replaceAll(/```[\s\S]*?```/g, '');
      for (const [, target = ''] of text.matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)) {
        const [path = '', anchor] = target.split('#');
        const file = path === '' ? document : join(dirname(document), path);
        assert.ok(existsSync(root + file), `${target} is not there`);
        if (anchor !== undefined) assert.ok(anchorsOf(textOf(file)).includes(anchor), `${target}: no heading of that name`);
      }
    });

    test(`${document}: the settings it names exist`, () => {
      const names = [logs, ambassador, backup, netprobe].flatMap((program) =>
        Object.keys(program.options).map((key) => variableName(program, key)),
      );
      const known = new Set([
        ...names,
        ...names.map((name) => `${name}_FILE`),
        'SIDEKICK_SETTINGS',
        'SIDEKICK_TEST_REQUIRE',
        'SIDEKICK_TEST_SEED',
      ]);
      // a page on moving here names what others call their settings in its first column
      const text = document.includes('/moving-from-') ? textOf(document).replaceAll(/^\|[^|]*\|/gm, '') : textOf(document);
      for (const [name] of text.matchAll(/\b(LOGS|AMBASSADOR|BACKUP|NETPROBE|SIDEKICK)_[A-Z0-9_]*[A-Z0-9]\b/g))
        assert.ok(known.has(name), `${name} is no setting`);
    });
  }
});

/** The anchors of a document's headings, as they are made for Markdown on the web. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
