import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '#harness/folder.ts';
import { type Access, AccessLog, formatAccess } from './access-log.ts';

const access: Access = {
  client: '203.0.113.7',
  time: new Date('2026-11-21T09:05:01.250Z'),
  requestLine: 'GET /products/7 HTTP/1.1',
  status: 200,
  bytes: 512,
  referer: '',
  userAgent: 'curl/8.14.1',
  id: 42,
};

test("a line has nginx's combined format, and its number at the end", () => {
  const line = '203.0.113.7 - - [21/Nov/2026:09:05:01 +0000] "GET /products/7 HTTP/1.1" 200 512 "-" "curl/8.14.1" id=42\n';
  assert.equal(formatAccess(access), line);
});

test('no client can end a line, or a quotation', () => {
  const line = formatAccess({ ...access, userAgent: 'a"b\\c\nd id=1', client: '\u007f' });
  assert.ok(line.startsWith('\\x7F - - '));
  assert.ok(line.endsWith('"a\\x22b\\x5Cc\\x0Ad id=1" id=42\n'));
});

test('a full file is renamed, the older ones move on, and the oldest goes', (t) => {
  const folder = temporaryFolder(t);
  const log = new AccessLog(join(folder, 'access.log'), { bytes: 4, keep: 2 });
  for (const line of ['one\n', 'two\n', 'three\n', 'four\n', 'five\n']) log.write(line);
  log.close();
  assert.deepEqual(readdirSync(folder).sort(), ['access.log', 'access.log.1', 'access.log.2']);
  const contents = ['', '.1', '.2'].map((suffix) => readFileSync(join(folder, `access.log${suffix}`), 'utf8'));
  assert.deepEqual(contents, ['five\n', 'four\n', 'three\n']);
  assert.equal(log.rotations, 4);
});

test('it goes on where a file ends', (t) => {
  const path = join(temporaryFolder(t), 'access.log');
  for (const line of ['one\n', 'two\n']) {
    const log = new AccessLog(path, { bytes: 100, keep: 2 });
    log.write(line);
    log.close();
  }
  assert.equal(readFileSync(path, 'utf8'), 'one\ntwo\n');
});
