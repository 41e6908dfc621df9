import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { list } from '#shared/config/collections.ts';
import { help, verbReference } from '#shared/config/describe.ts';
import { boolean, integer, path, secret, text } from '#shared/config/kinds.ts';
import { read } from '#shared/config/read.ts';
import { defineProgram, option, optional } from '#shared/config/table.ts';
import { verb } from '#shared/config/verb.ts';

const program = defineProgram({
  name: 'probe',
  summary: 'Looks at things.',
  adminPort: 9899,
  options: {
    to: optional(path, 'Where it is kept.'),
    token: optional(secret(text), 'A password.'),
  },
  verbs: {
    list: verb({ summary: 'Lists what is kept.', usage: '', options: { json: option(boolean, false, 'As JSON.') } }),
    take: verb({
      summary: 'Takes something out.',
      usage: '[WHAT…] --to DIR',
      options: {
        what: option(list(text), [], 'What to take.'),
        to: optional(path, 'Where to.'),
        times: option(integer({ min: 1 }), 1, 'How often.'),
      },
      operands: 'what',
      conflicts: ({ to }) => (to === undefined ? ['--to is missing: take where?'] : []),
    }),
  },
  examples: [],
});

const from = (argv: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  read(program, {
    argv,
    env,
    readFile: () => {
      throw new Error('ENOENT');
    },
  });

const problemsOf = (...argv: readonly string[]) => from(argv).problems;

function callOf(...argv: readonly string[]) {
  const reading = from(argv, { PROBE_TO: '/kept' });
  if (!('settings' in reading)) throw new Error(reading.problems.join('\n'));
  return reading;
}

describe('a verb', () => {
  test('is undefined where none is given', () => {
    assert.equal(callOf().call, undefined);
    assert.equal(callOf('--to=/x').settings.to, '/x');
  });

  test('has flags of its own, which go before those of the program behind it', () => {
    const { call, settings } = callOf('--to', '/a', 'take', 'x', '--to', '/b', 'y', '--times=2');
    assert.deepEqual([call?.verb, { ...call?.given }, settings.to], ['take', { what: ['x', 'y'], to: '/b', times: 2 }, '/a']);
  });

  test('leaves the flags of the program to others, before and behind it', () => {
    const { call, settings } = callOf('list', '--log-level', 'debug', '--json');
    assert.deepEqual([call, settings.logLevel, settings.to], [{ verb: 'list', given: { json: true } }, 'debug', '/kept']);
  });

  test('its flags have types', () => {
    const { call } = callOf('list');
    if (call?.verb !== 'list') throw new Error('another verb');
    const json: boolean = call.given.json;
    // @ts-expect-error the other verb has it
    assert.equal(call.given.times, undefined);
    assert.equal(json, false);
  });

  test('words behind -- are operands', () => {
    assert.deepEqual(callOf('take', '--to=/b', '--', '--json').call?.given, { what: ['--json'], to: '/b', times: 1 });
  });

  test('every problem is told', () => {
    assert.deepEqual(problemsOf('lst'), ['lst is no verb; did you mean list?']);
    assert.deepEqual(problemsOf('frobnicate'), ['frobnicate is no verb; there are list, take']);
    assert.deepEqual(problemsOf('list', 'x'), ['x: list takes no such words; see --help']);
    assert.deepEqual(problemsOf('take'), ['--to is missing: take where?']);
    assert.deepEqual(problemsOf('take', '--to=b', '--times=0'), [
      '--to=b is not an absolute path: it has to begin with /',
      '--times=0 is too small: the least is 1',
    ]);
    assert.deepEqual(problemsOf('take', '--to=/b', '--tims=0'), ['--tims is no flag; did you mean --times?']);
    assert.match(problemsOf('--json')[0] ?? '', /^--json is no flag/);
    assert.match(problemsOf('take', '--to=/b', '--token', 'x')[0] ?? '', /^--token is no flag, because/);
  });

  test('what is missing does not keep it from telling of itself', () => {
    const reading = from(['take', '--help']);
    assert.deepEqual([reading.mode, reading.verb, reading.problems], ['help', 'take', []]);
  });

  test('--help tells of all, of one, and the reference has a row for each', () => {
    assert.match(help(program), /^Usage: sidekick\/probe \[--FLAG VALUE…\] \[VERB …\]$/m);
    assert.match(help(program), /^ {2}take \[WHAT…\] --to DIR\n {6}Takes something out\.\n {6}--to\n {10}Where to\. \(path\)$/m);
    assert.match(
      help(program, 100, 'take'),
      /^Usage: sidekick\/probe take \[WHAT…\] --to DIR\n\nTakes something out\.\n {6}--to\n/,
    );
    assert.doesNotMatch(help(program, 100, 'take'), /PROBE_TO/);
    assert.match(verbReference(program), /^\| `list` \| Lists what is kept\. `--json`: As JSON\. \|$/m);
  });
});

describe('letters of a verb', () => {
  const short = defineProgram({
    name: 'probe',
    summary: 'Looks at things.',
    adminPort: 9899,
    options: {},
    verbs: {
      list: verb({
        summary: 'Lists what is kept.',
        usage: '[-jl6] [-n LINES]',
        options: {
          json: option(boolean, false, 'As JSON.'),
          long: option(boolean, false, 'All of it.'),
          six: option(boolean, false, 'Of the six.'),
          lines: option(integer({ min: 0 }), 7, 'So many.'),
        },
        letters: { j: 'json', l: 'long', 6: 'six', n: 'lines' },
      }),
      take: verb({ summary: 'Takes it.', usage: '', options: { json: option(boolean, false, 'As JSON.') } }),
    },
    examples: [],
  });
  const reading = (...argv: readonly string[]) => read(short, { argv, env: {}, readFile: () => '' });
  const given = (...argv: readonly string[]) => {
    const found = reading(...argv);
    if (!('settings' in found)) throw new Error(found.problems.join('\n'));
    return { ...found.call?.given };
  };

  test('stand for flags, one by one and together', () => {
    assert.deepEqual(given('list', '-j'), { json: true, long: false, six: false, lines: 7 });
    assert.deepEqual(given('list', '-6l', '-j', '-j'), { json: true, long: true, six: true, lines: 7 });
  });

  test('take a value, in the same word or the next', () => {
    for (const words of [['-n20'], ['-n', '20'], ['-jn20'], ['-j', '-n', '5', '-n', '20']])
      assert.equal(Reflect.get(given('list', ...words), 'lines'), 20, words.join(' '));
    assert.match(reading('list', '-n').problems.join(), /-n needs a value/);
    assert.match(reading('list', '-n', '--json').problems.join(), /-n needs a value/);
    assert.match(reading('list', '-nj').problems.join(), /--lines=j is not a whole number/);
  });

  test('are those of their verb alone', () => {
    assert.match(reading('list', '-jx').problems.join(), /-jx is no flag/);
    assert.match(reading('list', '-').problems.join(), /list takes no such words/);
    assert.match(reading('take', '-j').problems.join(), /-j is no flag/);
    assert.match(reading('-j', 'list').problems.join(), /-j is no flag/);
  });

  test('are told of', () => {
    assert.match(help(short, 80, 'list'), /^ {6}-j, --json$[\s\S]*^ {6}-6, --six$/m);
    assert.match(verbReference(short), /`-l`, `--long`: All of it\./);
  });
});
