import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { noticeOf } from '../../../../sidecars/backup/report/notice.ts';
import { fill, parseTemplate, template } from '../../../../sidecars/backup/report/template.ts';
import { failed, saved } from './results.ts';

const good = noticeOf(saved, { name: 'db1', host: 'web1' });
const bad = noticeOf(failed, { name: 'db1', host: 'web1' });

describe('a template is filled', () => {
  for (const [text, expected] of [
    ['{{title}}', 'Backup of db1: saved'],
    ['{{ title }} in {{duration}}, {{files}} files', 'Backup of db1: saved in 5 min 3 s, 1234 files'],
    ['[{{name}}] ok: {{ok}}', '[db1] ok: true'],
    ['no place at all', 'no place at all'],
    ['{"text":"{{title}}","n":{{files}},"ok":{{ok}}}', '{"text":"Backup of db1: saved","n":1234,"ok":true}'],
    ['{"id": {{id}}}', '{"id": "20261126T031500Z-3f9a2c"}'],
    ['["\\"{{name}}\\"", {{seconds}}]', '["\\"db1\\"", 303.4]'],
  ] as const)
    test(text, () => assert.equal(fill(parseTemplate(text), good), expected));

  test('what would break JSON is escaped within it, and nowhere else', () => {
    assert.equal(fill(parseTemplate('{{reason}}'), bad), failed.reason);
    for (const text of ['{"reason":"{{reason}}"}', '{"reason":{{reason}}}', '{\n"a":"\\\\","reason": "{{reason}}"}'])
      assert.equal(JSON.parse(fill(parseTemplate(text), bad)).reason, failed.reason);
  });

  test('every value that there is can be named', () => {
    const { stores, ...rest } = good;
    for (const [name, value] of Object.entries(rest)) assert.equal(fill(parseTemplate(`{{${name}}}`), good), String(value));
  });

  test('it reads what it writes, and knows whether it is JSON', () => {
    for (const [text, json] of [
      ['{"a":"{{id}}"}', true],
      ['[1]', true],
      ['[{{name}}', false],
      ['{{name}}', false],
      [' x', false],
    ] as const) {
      const read = template.parse(text);
      assert.equal(read.json, json);
      assert.deepEqual(template.parse(template.format(read)), read);
    }
  });
});

describe('a template is refused', () => {
  for (const [text, problem] of [
    ['{{mesage}}', /^names \{\{mesage\}\}, which there is not; did you mean \{\{message\}\}\?$/],
    ['{{colour}}', /^names \{\{colour\}\}, which there is not; there are outcome, ok, title, /],
    ['{{}}', /^names \{\{\}\}/],
    ['{{stores}}', /^names \{\{stores\}\}/],
    ['a {{name b', /^has a \{\{ without its \}\}$/],
    ['{"text": "{{name}}"', /^begins with \{ and is no JSON once it is filled: .*; mend it, or begin/],
    ['{"text": {{name}} {{name}}}', /^begins with \{ and is no JSON/],
  ] as const)
    test(text, () => assert.throws(() => parseTemplate(text), { name: 'Invalid', message: problem }));
});
