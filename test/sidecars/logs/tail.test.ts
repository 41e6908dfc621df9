import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { runSidecar, type SidecarProcess, startSidecar } from '#harness/process.ts';
import { until } from '#harness/until.ts';
import { inTerminal } from './terminal.ts';

const numbered = (name: string, from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `${name} ${from + index}`);
const text = (lines: readonly string[]) => `${lines.join('\n')}\n`;
const linesOf = ({ stdout }: { readonly stdout: string }) => stdout.split('\n').slice(0, -1);
const shows = (tail: SidecarProcess, lines: readonly string[]) =>
  until(`it shows ${lines.length} lines`, () => linesOf(tail).length >= lines.length);

test('the last records of each file, with its name', async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'b'));
  writeFileSync(join(folder, 'a.log'), text(numbered('a', 1, 5)));
  writeFileSync(join(folder, 'b/c.log'), `${text(numbered('c', 1, 2))}no line end`);
  writeFileSync(join(folder, 'empty.log'), '');
  const { code, stdout, stderr } = await runSidecar(t, 'logs', { LOGS_STATE: '/nowhere' }, [
    'tail',
    '--no-follow',
    '-n',
    '3',
    join(folder, '**/*.log'),
  ]);
  assert.equal(code, 0, stderr);
  const lines = linesOf({ stdout }).sort();
  assert.deepEqual(lines, ['a.log: a 3', 'a.log: a 4', 'a.log: a 5', 'b/c.log: c 1', 'b/c.log: c 2', 'b/c.log: no line end']);
});

test('many records, of long lines too, are found from the end on', async (t) => {
  const path = join(temporaryFolder(t), 'a.log');
  const lines = Array.from({ length: 3000 }, (_, index) => `${index} ${'x'.repeat((index * 37) % 900)}`);
  const long = 'y'.repeat(700_000);
  writeFileSync(path, text([...lines, long]));
  for (const count of [1, 2, 1500]) {
    const found = await runSidecar(t, 'logs', { LOGS_MAX_LINE: '1M' }, ['tail', '--no-follow', `-n${count}`, path]);
    assert.deepEqual(
      linesOf(found),
      [...lines, long].slice(-count).map((line) => `a.log: ${line}`),
    );
  }
  const none = await runSidecar(t, 'logs', {}, ['tail', '--no-follow', '--lines', '0', path]);
  assert.deepEqual([none.code, none.stdout], [0, '']);
});

test('what comes is shown through renames, truncations, deletions and new files, each line once', async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'app.log');
  const old = numbered('old', 1, 20);
  writeFileSync(path, text(old));
  const tail = startSidecar(t, 'logs', { LOGS_RESCAN: '50ms', LOGS_LINGER: '1s' }, ['tail', '-n', '2', join(folder, '*.log')]);
  const expected = old.slice(-2).map((line) => `app.log: ${line}`);
  await shows(tail, expected);
  const add = async (file: string, lines: readonly string[], label = file) => {
    appendFileSync(join(folder, file), text(lines));
    expected.push(...lines.map((line) => `${label}: ${line}`));
    await shows(tail, expected);
  };
  await add('app.log', numbered('more', 1, 3));
  for (let generation = 1; generation <= 3; generation += 1) {
    renameSync(path, `${path}.${generation}`);
    await add(`app.log.${generation}`, numbered(`late ${generation}`, 1, 2), 'app.log');
    await add('app.log', numbered(`generation ${generation}`, 1, 50));
  }
  truncateSync(path, 0);
  await tail.says('truncated');
  await add('app.log', numbered('truncated', 1, 5));
  rmSync(path);
  await add('app.log', numbered('anew', 1, 5));
  await add('other.log', numbered('other', 1, 5));
  const { code, stdout } = await tail.stop();
  assert.equal(code, 0);
  assert.deepEqual(linesOf({ stdout }), expected);
});

const trace = (number: number) =>
  `ERROR ${number} java.lang.IllegalStateException: no\n\tat a.B.c(B.java:1)\n\tat a.B.d(B.java:2)\n`;

test('records of several lines are counted as one, and stay together', async (t) => {
  const folder = temporaryFolder(t);
  const env = { LOGS_MULTILINE: 'java', LOGS_MULTILINE_WAIT: '1500ms' };
  for (const name of ['a', 'b']) writeFileSync(join(folder, `${name}.log`), `before\n${trace(1)}${trace(2)}`);
  const found = await runSidecar(t, 'logs', env, ['tail', '--no-follow', '-n', '2', join(folder, 'a.log')]);
  const shown = (name: string, number: number) =>
    trace(number)
      .trimEnd()
      .split('\n')
      .map((line) => `${name}.log: ${line}`);
  assert.deepEqual(linesOf(found), [...shown('a', 1), ...shown('a', 2)]);

  const tail = startSidecar(t, 'logs', env, ['tail', '-n', '0', join(folder, '*.log')]);
  await until('it follows', () => {
    appendFileSync(join(folder, 'a.log'), trace(3));
    return tail.stdout.includes('ERROR 3');
  });
  const before = linesOf(tail).length;
  // the lines of two traces come in turns, and each is one record
  for (const line of trace(4).split(/(?<=\n)/)) for (const name of ['a', 'b']) appendFileSync(join(folder, `${name}.log`), line);
  await until(
    'both are shown',
    () => linesOf(tail).filter((line) => line.includes('ERROR 4')).length === 2 && linesOf(tail).length % 3 === 0,
  );
  const lines = linesOf(tail).slice(before - (before % 3));
  for (const name of ['a', 'b']) {
    const at = lines.indexOf(`${name}.log: ERROR 4 java.lang.IllegalStateException: no`);
    assert.deepEqual(lines.slice(at, at + 3), shown(name, 4));
  }
});

test('lines of Docker and of CRI are decoded, filters and redaction apply', async (t) => {
  const folder = temporaryFolder(t);
  const docker = (log: string) => JSON.stringify({ log, stream: 'stdout', time: '2026-01-02T03:04:05.123456789Z' });
  writeFileSync(
    join(folder, 'docker.log'),
    text([docker('first\n'), docker('sec'), docker('ond "2" me@example.com\n'), docker('DEBUG third\n')]),
  );
  writeFileSync(join(folder, 'cri.log'), text(['2026-01-02T03:04:05.1Z stderr P one ', '2026-01-02T03:04:05.2Z stderr F line']));
  const env = { LOGS_EXCLUDE_LINES: '^DEBUG', LOGS_REDACT: 'email' };
  const { stdout, stderr } = await runSidecar(t, 'logs', env, ['tail', '--no-follow', join(folder, '*.log')]);
  assert.deepEqual(
    linesOf({ stdout }).sort(),
    ['cri.log: one line', 'docker.log: first', 'docker.log: second "2" [redacted]'],
    stderr,
  );
  const json = await runSidecar(t, 'logs', { ...env, LOGS_HOST: 'h' }, [
    'tail',
    '--no-follow',
    '--json',
    join(folder, 'cri.log'),
  ]);
  const { time, ...record } = JSON.parse(json.stdout);
  assert.deepEqual(record, { message: 'one line', file: join(folder, 'cri.log'), host: 'h', stream: 'stderr' });
  assert.match(time, /^2026-01-02T03:04:05/);
});

test('a reader that has had enough ends it well', async (t) => {
  const path = join(temporaryFolder(t), 'a.log');
  writeFileSync(path, text(numbered('a', 1, 3)));
  const tail = startSidecar(t, 'logs', { LOGS_RESCAN: '50ms' }, ['tail', path]);
  await until('it shows something', () => tail.stdout.includes('a 3'));
  tail.child.stdout?.destroy();
  const adding = setInterval(() => appendFileSync(path, 'more\n'), 20);
  t.after(() => clearInterval(adding));
  const { code, stderr } = await tail.ended;
  assert.deepEqual([code, stderr], [0, '']);
});

test('a reader that stops reading does not keep it from ending', async (t) => {
  const path = join(temporaryFolder(t), 'a.log');
  writeFileSync(path, text(numbered('a', 1, 200_000)));
  const tail = startSidecar(t, 'logs', {}, ['tail', '-n', '5', path]);
  await until('it shows something', () => tail.stdout.includes('a 200000'));
  tail.child.stdout?.pause();
  appendFileSync(path, text(numbered('more', 1, 400_000)));
  await until('the pipe is full', () => tail.child.stdout?.readableLength !== 0);
  const { promise, resolve } = Promise.withResolvers<number | null>();
  tail.child.once('exit', resolve);
  tail.child.kill('SIGTERM');
  assert.equal(await promise, 0);
});

test('where no file matches, it waits for one, or says so', async (t) => {
  const folder = temporaryFolder(t);
  const { code, stderr } = await runSidecar(t, 'logs', {}, ['tail', '--no-follow', join(folder, '*.log')]);
  assert.equal(code, 1);
  assert.match(stderr, /no file matches/);
  const tail = startSidecar(t, 'logs', { LOGS_RESCAN: '50ms' }, ['tail', join(folder, '*.log')]);
  await tail.says('waiting for one');
  writeFileSync(join(folder, 'new.log'), 'there\n');
  await until('it is shown', () => tail.stdout === 'new.log: there\n');
  assert.equal((await tail.stop('SIGINT')).code, 0);
});

test('in a terminal each name has a colour of its own, and nothing else happens to it', needs('linux'), async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'a.log'), '\u001b[31mred\u001b[0m \u001b[2J\u0007bell\ttab\n');
  writeFileSync(join(folder, 'b.log'), 'b\n');
  const shown = async (env: Record<string, string>) => {
    const { code, stdout } = await inTerminal(t, `tail --no-follow '${folder}/*.log'`, env).ended;
    assert.equal(code, 0, stdout);
    return stdout.replaceAll('\r\n', '\n');
  };
  const coloured = await shown({});
  assert.ok(coloured.includes('\u001b[31mred\u001b[0m ?[2J?bell\ttab\n'), JSON.stringify(coloured));
  const colours = coloured.split('\n').flatMap((line) => {
    const [before = '', behind] = line.split(/[ab]\.log/);
    return behind === undefined ? [] : before;
  });
  assert.equal(new Set(colours).size, 2);
  for (const colour of colours) assert.ok(colour.startsWith('\u001b['), JSON.stringify(colour));
  const plain = await shown({ NO_COLOR: '1' });
  assert.deepEqual(plain.trimEnd().split('\n').sort(), ['a.log: \u001b[31mred\u001b[0m ?[2J?bell\ttab', 'b.log: b']);
});
