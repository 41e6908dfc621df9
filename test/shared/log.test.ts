import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { needs } from '#harness/needs.ts';
import { prettyLine } from '#shared/log.ts';

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

test('an entry is one line of JSON, with the level as a word', () => {
  const { stdout } = run(
    `log.info({ file: 'a.log' }, 'hello'); log.child({ sink: 'http' }).warn('careful'); log.debug('not shown');`,
  );
  const entries = parse(stdout);
  for (const { time } of entries) assert.match(String(time), RFC3339);
  assert.deepEqual(
    entries.map(({ time, ...entry }) => entry),
    [
      { level: 'info', name: 'logs', file: 'a.log', msg: 'hello' },
      { level: 'warn', name: 'logs', sink: 'http', msg: 'careful' },
    ],
  );
  assert.match(stdout, /^\{"level":"info","time":"[^"]+","name":"logs",/);
});

test('errors keep their type, message, code and stack', () => {
  const { stdout } = run(`log.error({ err: Object.assign(new TypeError('bad'), { code: 'EBAD' }) }, 'it failed');`);
  const [{ err, msg } = {}] = parse(stdout);
  const { type, message, code, stack } = err as Record<string, unknown>;
  assert.deepEqual({ msg, type, message, code }, { msg: 'it failed', type: 'TypeError', message: 'bad', code: 'EBAD' });
  assert.match(String(stack), /^TypeError: bad\n +at /);
});

test('what was logged is written even when the process ends at once', () => {
  assert.equal(
    parse(run(`for (let n = 0; n < 5000; n++) log.info({ n }, 'x'); process.kill(process.pid, 'SIGKILL');`).stdout).length,
    5000,
  );
});

test('standard error where standard output is the result', () => {
  const { stdout, stderr } = run(`log.info('hello');`, '{ fd: 2 }');
  assert.equal(stdout, '');
  assert.equal(parse(stderr).length, 1);
});

test('lines for people where asked for, without colour where there is no terminal', () => {
  const { stdout } = run(`log.warn({ sink: 'http' }, 'slow');`, '{ pretty: true }');
  assert.match(stdout, /^\d\d:\d\d:\d\d\.\d{3} WARN {2}slow sink=http\n$/);
});

test('a terminal gets lines for people in colour, unless NO_COLOR is set', needs('linux'), () => {
  const command = [process.execPath, '--input-type=module', '-e', `'${program(`log.info("hi");`).replaceAll("'", '"')}'`].join(
    ' ',
  );
  const onTerminal = (env: Record<string, string>) => {
    // nothing of this process's own: Node looks at CI, NO_COLOR, FORCE_COLOR and more
    const options = {
      encoding: 'utf8',
      cwd: import.meta.dirname,
      env: { PATH: process.env.PATH, TERM: 'xterm-256color', ...env },
    } as const;
    return spawnSync('script', ['--quiet', '--return', '--command', command, '/dev/null'], options).stdout.replaceAll(
      '\x1b',
      '␛',
    );
  };
  assert.match(onTerminal({}), /^␛\[90m[\d:.]+␛\[39m ␛\[32mINFO ␛\[39m hi\r\n$/);
  assert.match(onTerminal({ NO_COLOR: '1' }), /^[\d:.]+ INFO {2}hi\r\n$/);
});

test('an entry for people', () => {
  const entry = (fields: object) =>
    prettyLine(JSON.stringify({ level: 'error', time: '2026-01-02T03:04:05.678Z', name: 'logs', ...fields }), false).replace(
      /^\S+ /,
      '',
    );
  assert.equal(entry({ msg: 'plain' }), 'ERROR plain\n');
  assert.equal(
    entry({ msg: 'm', a: 1, b: 'two words', c: 'x=y', d: { e: [null] }, f: '', g: 'one\ntwo' }),
    'ERROR m a=1 b="two words" c="x=y" d={"e":[null]} f="" g="one\\ntwo"\n',
  );
  assert.equal(entry({ msg: 'm', err: { message: 'x', stack: 'Error: x\n    at y' } }), 'ERROR m\n    Error: x\n        at y\n');
  assert.equal(entry({ msg: 'm', err: 'text' }), 'ERROR m\n    text\n');
  assert.equal(entry({}), 'ERROR \n');
  assert.match(
    prettyLine(JSON.stringify({ level: 'info', time: new Date(0).toISOString() }), true).replaceAll('\x1b', '␛'),
    /␛\[32mINFO/,
  );
});

test('a full pipe that nobody reads neither ends nor blocks the process, tears no line, and what was dropped is counted', async () => {
  // Touching process.stdout makes the pipe non-blocking, as any program may that shares it.
  const child = start(`
    process.stdout.writableLength;
    for (let n = 0; n < 20_000; n++) log.info({ n, filler: 'x'.repeat(200) }, 'x');
    process.stderr.write('done');
    process.stdin.once('data', () => { log.info('last'); process.exit(0); });`);
  const closed = once(child, 'close');
  await once(child.stderr, 'data');
  let output = '';
  let drained: NodeJS.Timeout | undefined;
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    output += chunk;
    // only when there is room for both may the last entry and the count of the dropped ones go
    clearTimeout(drained);
    drained = setTimeout(() => child.stdin.end('go'), 300);
  });
  const [code] = await closed;
  assert.equal(code, 0);
  const entries = parse(output);
  const numbers = entries.flatMap(({ n }) => (typeof n === 'number' ? [n] : []));
  assert.deepEqual(numbers, [...numbers.keys()], 'the first entries, in order, none torn');
  const { dropped, level } = entries.at(-1) ?? {};
  assert.equal(level, 'warn');
  assert.equal(entries.at(-2)?.msg, 'last');
  assert.equal(Number(dropped) + numbers.length, 20_000);
});

test('a full pipe that is read again loses nothing', async () => {
  const child = start(
    `process.stdout.writableLength; for (let n = 0; n < 5000; n++) log.info({ n, filler: 'x'.repeat(200) }, 'x');`,
  );
  const numbers = parse(await text(child.stdout)).map(({ n }) => n);
  assert.deepEqual(numbers, [...Array(5000).keys()]);
});

test('a reader that went away does not end the process', async () => {
  const child = start(`
    process.stdin.once('data', () => {
      for (let n = 0; n < 10; n++) log.info({ n }, 'to nobody');
      process.stderr.write('alive');
      process.exit(3);
    });`);
  const exited = once(child, 'exit');
  child.stdout.destroy();
  await once(child.stdout, 'close');
  child.stdin.end('go');
  assert.equal(await text(child.stderr), 'alive');
  assert.deepEqual(await exited, [3, null]);
});

test('a full disk under standard output does not end the process', needs('linux'), async () => {
  const full = openSync('/dev/full', 'w');
  const child = spawn(process.execPath, arguments_(`log.info('lost'); process.exit(3);`), {
    cwd: import.meta.dirname,
    stdio: ['ignore', full, 'inherit'],
  });
  closeSync(full);
  assert.deepEqual(await once(child, 'exit'), [3, null]);
});

/** A program with a log called `log`. */
function program(body: string, options = '{}'): string {
  return `import { createLog } from '#shared/log.ts'; const log = createLog({ name: 'logs', level: 'info', fd: 1, ...${options} }); ${body}`;
}

function arguments_(body: string, options?: string): string[] {
  return ['--input-type=module', '-e', program(body, options)];
}

function run(body: string, options?: string): { stdout: string; stderr: string } {
  return spawnSync(process.execPath, arguments_(body, options), { encoding: 'utf8', cwd: import.meta.dirname });
}

function start(body: string): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, arguments_(body), { cwd: import.meta.dirname, stdio: 'pipe' });
}

function parse(output: string): Record<string, unknown>[] {
  assert.ok(output.endsWith('\n'), 'the last line is whole');
  return output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}
