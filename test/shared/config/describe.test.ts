import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { describeProblems, help, innerReference, printSettings, reference } from '#shared/config/describe.ts';
import { integer } from '#shared/config/kinds.ts';
import { nearest } from '#shared/config/nearest.ts';
import { option } from '#shared/config/table.ts';
import { program, readExample, settingsOf } from './example.ts';

/** What --print-settings prints for a source. */
function print(source: Parameters<typeof readExample>[0]): string {
  const reading = readExample(source);
  assert.ok('settings' in reading, reading.problems.join('\n'));
  return printSettings(program, reading.settings, reading.origins);
}

describe('--help and the reference', () => {
  test('name every option with its names, its kind and its default', () => {
    const text = help(program);
    for (const name of ['--paths, PROBE_PATHS', '--max-held, PROBE_MAX_HELD', '--grace, SIDEKICK_GRACE', '--admin, PROBE_ADMIN'])
      assert.ok(text.includes(`  ${name}\n`), name);
    assert.match(text, /How long to wait\. \(duration; default: 1s\)/);
    assert.match(text, /Whom to ask\. \(address; default: nobody\)/);
    for (const flag of ['--settings', '--help', '--version', '--print-settings', '--check', '--healthy'])
      assert.ok(text.includes(flag));
    assert.match(text, /docker run sidekick\/probe/);
  });

  test('a secret has no flag in them', () => {
    assert.doesNotMatch(help(program), /--token|--headers/);
    assert.match(reference(program), /\| `PROBE_TOKEN` \| none: secret \| secret \|/);
  });

  test('lines of --help keep to the width', () => {
    const options = help(program, 60)
      .split('\n')
      .filter((line) => line.startsWith('      '));
    assert.ok(options.length > 20);
    assert.ok(
      options.every((line) => line.length <= 60),
      options.join('\n'),
    );
  });

  test('the options within an option are in both', () => {
    const inner = { title: 'Options of a path', options: { maxDepth: option(integer(), 3, 'How deep | far to look.') } };
    assert.match(
      help({ ...program, inner }),
      /^Options of a path:\n\n {2}max-depth\n {6}How deep \| far to look\. \(number; default: 3\)$/m,
    );
    assert.equal(innerReference(inner.options).split('\n').at(-1), '| `max-depth` | number | `3` | How deep \\| far to look. |');
  });

  test('every row of the reference has five cells', () => {
    const rows = reference(program).split('\n');
    assert.equal(rows.length, 2 + Object.keys(program.options).length);
    for (const row of rows) assert.equal(row.replaceAll('\\|', '').split('|').length, 7, row);
  });
});

describe('--print-settings', () => {
  test('masks secrets, and tells origins', () => {
    const text = print({
      argv: ['--once'],
      env: { PROBE_TOKEN_FILE: '/t', PROBE_HEADERS: 'Key: hunter3' },
      files: { '/t': 'hunter2\n' },
    });
    assert.doesNotMatch(text, /hunter/);
    assert.match(text, /^# PROBE_TOKEN=\*{6} {2}# environment, \/t$/m);
    assert.match(text, /^PROBE_ONCE=true {2}# flag$/m);
    assert.match(text, /^PROBE_PAUSE=1s {2}# default$/m);
    assert.match(text, /^# PROBE_TITLE is not set$/m);
  });

  const texts = {
    paths: ['/a', '/a b/*.log', '/{a,b}/c', '/odd{,x\n/b', "/it's", '/with#hash', '/back\\[slash', '/double"quote,/b'],
    pause: ['0', '1ms', '90s', '1h30m'],
    size: ['0', '1B', '1000k', '1Mi', '1023B'],
    times: ['1', '+7'],
    once: ['yes', 'no'],
    mood: ['eager'],
    folder: ['/my state', '/#', "/a'b", '/a`b', '/a"b', '/a\\nb', "/a'b\\nc"],
    to: ['http://web/in?a=1#top', 'file:///a%20b'],
    peer: ['[::1]:80', 'web:80', 'unix:/run/a b.sock'],
    labels: ['a=1,b= x y ,c=', "quote=it's", 'hash=#1', 'open=(,b=2', 'slash=a\\nb'],
    maxHeld: ['off', '2Gi'],
    words: ['one two'],
    title: [' spaced ', 'two\nlines', 'all \'but\' "one"', '\\n', "'\\n", '=', '$HOME', 'ü€😀'],
    admin: ['off', ':0', 'unix:/a'],
    grace: ['0', '3s'],
    logLevel: ['silent'],
  } as const;

  for (const [key, values] of Object.entries(texts)) {
    test(`${key} is read back as it was`, () => {
      const name =
        key === 'grace'
          ? 'SIDEKICK_GRACE'
          : key === 'logLevel'
            ? 'SIDEKICK_LOG_LEVEL'
            : `PROBE_${key.replace(/[A-Z]/, '_$&').toUpperCase()}`;
      for (const value of values) {
        const source = { env: { [name]: value } };
        const again = { argv: ['--settings', '/s'], files: { '/s': print(source) } };
        assert.deepEqual(settingsOf(again), settingsOf(source), JSON.stringify(value));
      }
    });
  }

  test('covers every option that is no secret', () => {
    const open = Object.keys(program.options).filter((key) => !['token', 'headers'].includes(key));
    assert.deepEqual(open.sort(), Object.keys(texts).sort());
  });

  test('says what no settings file can hold', () => {
    for (const title of [`'"\``, 'a\rb'])
      assert.match(
        print({ env: { PROBE_TITLE: title } }),
        /^# PROBE_TITLE cannot be written in a settings file; .*PROBE_TITLE_FILE/m,
      );
  });
});

test('problems are told one on each line, with the way on', () => {
  assert.equal(
    describeProblems(program, ['A is wrong', 'B is wrong']),
    'sidekick/probe: 2 settings are wrong\n  A is wrong\n  B is wrong\nRun it with --help to see every option.\n',
  );
  assert.match(describeProblems(program, ['A is wrong']), /^sidekick\/probe: a setting is wrong\n/);
});

test('nearest finds what was most likely meant, and nothing where nothing is near', () => {
  const names = ['--flush', '--flags', '--max-line'];
  assert.equal(nearest('--flsuh', names), '--flush');
  assert.equal(nearest('--flush', names), '--flush');
  assert.equal(nearest('--maxline', names), '--max-line');
  assert.equal(nearest('--zzzzzzz', names), undefined);
  assert.equal(nearest('--x', []), undefined);
});
