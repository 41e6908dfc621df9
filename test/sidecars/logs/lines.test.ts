// What a line is: ends, lengths, bytes; and the files that are found. More of it is in traps/lines.ts.
import assert from 'node:assert/strict';
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '#harness/folder.ts';
import { runSidecar } from '#harness/process.ts';
import { until } from '#harness/until.ts';
import { append, scene, settle } from './scene.ts';

test('the last line of a rotated file, which never got its line end', async (t) => {
  const { receiver, path, start } = await scene(t, 'app.log', { LOGS_LINGER: '300ms' });
  append(path('app.log'), 'whole\nno end');
  start();
  await receiver.got(1);
  renameSync(path('app.log'), path('app.log.1'));
  append(path('app.log'), 'next\n');
  await receiver.got(3);
  assert.deepEqual(receiver.messages.toSorted(), ['next', 'no end', 'whole']);
});

test('CRLF, empty lines, control characters, NUL, ESC, quotes, valid and invalid UTF-8', async (t) => {
  const { receiver, path, start } = await scene(t);
  const valid = ['crlf', '', '\0\u001b[31mred\u001b[0m\t"quoted" \\ back\u007f', 'é € 😀 \u2028 \ufeff', 'a\rb'];
  append(path('app.log'), `${valid[0]}\r\n${valid.slice(1).join('\n')}\n`);
  append(path('app.log'), Buffer.from([0x61, 0xff, 0x62, 0xc3, 0x28, 0xe2, 0x82, 0x0a]));
  append(path('app.log'), Buffer.from([0xf0, 0x9f, 0x98, 0x0a, 0xed, 0xa0, 0x80, 0x0a]));
  start();
  await receiver.got(8);
  assert.deepEqual(receiver.messages, [...valid, 'a\ufffdb\ufffd(\ufffd', '\ufffd', '\ufffd\ufffd\ufffd']);
});

test('an overlong line across a kill: the pieces go on where they were acknowledged', async (t) => {
  const { receiver, path, start } = await scene(t, '*.log', { LOGS_MAX_LINE: '1Ki', LOGS_IN_FLIGHT: '1' });
  const half = Array.from({ length: 2000 }, (_, index) => String(index).padStart(5, '.')).join('');
  append(path('app.log'), half);
  const first = start();
  await receiver.got(9);
  await settle();
  await first.stop('SIGKILL');
  append(path('app.log'), `${half.toUpperCase()}!\nnext\n`);
  start();
  await until('the next line arrived', () => receiver.messages.includes('next'));
  await settle();
  const pieces = receiver.records.filter(({ partial_message }) => partial_message === true);
  assert.deepEqual(
    pieces.map(({ partial_ordinal }) => partial_ordinal),
    pieces.map((_, index) => index + 1),
  );
  assert.equal(pieces.map(({ message }) => message).join(''), `${half}${half}!`);
  assert.equal(receiver.messages.at(-1), 'next');
});

test('a record has the time of reading, the message, the file, the host and the labels', async (t) => {
  const { receiver, path, start } = await scene(t, '*.log', { LOGS_LABELS: 'app=web,env=a "b"' });
  append(path('app.log'), 'hello\n');
  const began = Date.now();
  start();
  await receiver.got(1);
  const [record] = receiver.records;
  assert.deepEqual(Object.keys(record ?? {}), ['time', 'message', 'file', 'host', 'app', 'env']);
  assert.deepEqual(
    { ...record, time: '' },
    { time: '', message: 'hello', file: path('app.log'), host: hostname(), app: 'web', env: 'a "b"' },
  );
  assert.match(String(record?.time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.ok(Date.parse(String(record?.time)) >= began);
});

test('folders and files that appear later, links to files, links that make a circle, and what is left out', async (t) => {
  const { receiver, folder, path, start } = await scene(t, '**/*.log', {});
  const away = temporaryFolder(t);
  writeFileSync(join(away, 'target'), 'through a link\n');
  symlinkSync(join(away, 'target'), path('link.log'));
  symlinkSync(folder, path('circle'));
  mkdirSync(path('folder.log'));
  append(path('.hidden.log'), 'hidden\n');
  append(path('packed.log.gz'), 'packed\n');
  append(path('skip.log'), 'left out\n');
  start({ LOGS_EXCLUDE: path('skip*') });
  await receiver.got(1);
  mkdirSync(path('a/b/c'), { recursive: true });
  append(path('a/b/c/deep.log'), 'deep\n');
  await receiver.got(2);
  append(path('a/b/c/deep.log'), 'deeper\n');
  append(path('folder.log/in.log'), 'in a folder that looks like a file\n');
  await receiver.got(4);
  await settle();
  assert.deepEqual(receiver.messages.toSorted(), ['deep', 'deeper', 'in a folder that looks like a file', 'through a link']);
});

test('--once ships all that is there, also a last line without an end, and exits 0', async (t) => {
  const { receiver, path, env } = await scene(t);
  for (let file = 0; file < 200; file += 1) append(path(`${file}.log`), `only line of ${file}`);
  append(path('empty.log'), '');
  const { code, stdout } = await runSidecar(t, 'logs', { ...env, LOGS_ONCE: 'true' });
  assert.equal(code, 0);
  assert.equal(stdout, '');
  assert.deepEqual(new Set(receiver.messages), new Set(Array.from({ length: 200 }, (_, file) => `only line of ${file}`)));
  assert.equal(receiver.messages.length, 200);
  const again = await runSidecar(t, 'logs', { ...env, LOGS_ONCE: 'true' });
  assert.equal(again.code, 0);
  assert.equal(receiver.messages.length, 200);
});

test('bytes that are no text at all', async (t) => {
  const { receiver, path, env } = await scene(t);
  const noise = Buffer.alloc(300_000);
  let seed = 42;
  for (let index = 0; index < noise.length; index += 1) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    noise[index] = seed >>> 24;
  }
  writeFileSync(path('noise.log'), noise);
  assert.equal((await runSidecar(t, 'logs', env, ['--once'])).code, 0);
  const expected = noise
    .toString('latin1')
    .split('\n')
    .map((line) => new TextDecoder().decode(Buffer.from(line.replace(/\r$/, ''), 'latin1')));
  if (expected.at(-1) === '') expected.pop();
  const withoutMark = (text: string) => text.replace(/^\ufeff/, '');
  assert.deepEqual(receiver.messages.map(withoutMark), expected.map(withoutMark));
});
