import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { help, reference } from '#shared/config/describe.ts';
import { boolean, integer, text } from '#shared/config/kinds.ts';
import { option, optional } from '#shared/config/table.ts';
import { defineTool, readTool } from '#shared/config/tool.ts';
import { verb } from '#shared/config/verb.ts';
import { verbatim } from '#shared/config/verbatim.ts';

const tool = defineTool({
  name: 'saw',
  summary: 'Cuts things.',
  options: {
    file: optional(text, 'What is cut.', 'stdin'),
    times: option(integer({ min: 1 }), 1, 'How often.'),
    check: option(boolean, false, 'Only look.'),
  },
  letters: { f: 'file', n: 'times', c: 'check' },
  verbs: {
    tell: verb({
      summary: 'Tells how.',
      usage: '[--json]',
      options: { json: option(boolean, false, 'As JSON.') },
      letters: { j: 'json' },
    }),
    lend: verb({
      summary: 'Lends it to another program.',
      usage: 'WHOM PROGRAM [WORD…]',
      options: { words: option(verbatim, [], 'To whom, and the program.') },
      operands: 'words',
      operandsBeforeVerbatim: 2,
    }),
  },
  conflicts: ({ check, times }) => (check && times > 1 ? ['--check looks once; leave out --times'] : []),
  examples: [{ command: 'saw -f wood', meaning: 'Cut wood.' }],
});

function asked(...argv: readonly string[]) {
  const found = readTool(tool, argv);
  if (!('settings' in found)) throw new Error(found.problems.join('\n'));
  return found;
}

const problemsOf = (...argv: readonly string[]) => readTool(tool, argv).problems;

describe('a tool', () => {
  test('has flags, and letters for them', () => {
    const byDefault = { file: undefined, times: 1, check: false };
    assert.deepEqual({ ...asked().settings }, byDefault);
    for (const words of [['-f', 'wood'], ['-fwood'], ['--file=wood'], ['--file', 'wood']])
      assert.deepEqual({ ...asked(...words).settings }, { ...byDefault, file: 'wood' });
    assert.deepEqual({ ...asked('-cf', 'wood').settings }, { ...byDefault, file: 'wood', check: true });
    assert.equal(asked('-f', '-').settings.file, '-');
  });

  test('has them before and behind a verb, beside those of the verb', () => {
    for (const words of [
      ['-n2', 'tell', '-j'],
      ['tell', '-jn', '2'],
      ['tell', '-n', '2', '--json'],
    ]) {
      const { call, settings } = asked(...words);
      assert.deepEqual([call, settings.times], [{ verb: 'tell', given: { json: true } }, 2], words.join(' '));
    }
  });

  test('its flags have types', () => {
    const { settings } = asked();
    const times: number = settings.times;
    // @ts-expect-error a tool has no admin server
    assert.equal(settings.admin, undefined);
    assert.equal(times, 1);
  });

  test('has none of what a sidecar can be asked', () => {
    for (const flag of ['--healthy', '--print-settings', '--settings=x', '--admin=off', '--log-level=info'])
      assert.match(problemsOf(flag).join(), /is no flag/, flag);
    assert.match(problemsOf('--settings').join(), /^--settings is no flag(?!.*--settings\?)/);
    assert.equal(asked('--check').mode, 'run');
    assert.deepEqual([asked('--help').mode, asked('-h').mode, asked('tell', '--version').mode], ['help', 'help', 'version']);
    const all = `${help(tool)}${reference(tool)}`;
    assert.doesNotMatch(all, /SAW_|_FILE|SIDEKICK|environment|--settings|--healthy|steady/);
  });

  test('every problem is told', () => {
    assert.deepEqual(problemsOf('--tims=2', '-n', '0', 'tel'), [
      '--tims is no flag; did you mean --times?',
      'tel is no verb; did you mean tell?',
      '--times=0 is too small: the least is 1',
    ]);
    assert.deepEqual(problemsOf('--check', '-n2'), ['--check looks once; leave out --times']);
    assert.match(problemsOf('-x').join(), /^-x is no flag/);
    assert.match(problemsOf('-f').join(), /^-f needs a value/);
  });

  test('--help and the reference name its flags with their letters', () => {
    assert.match(help(tool), /^Usage: sidekick\/saw \[--FLAG VALUE…\] \[VERB …\]$/m);
    assert.match(help(tool), /^Options:\n\n {2}-f, --file\n {6}What is cut\. \(text; default: stdin\)$/m);
    assert.deepEqual(reference(tool).split('\n').slice(0, 3), [
      '| flag | value | default | meaning |',
      '|---|---|---|---|',
      '| `-f`, `--file` | text | stdin | What is cut. |',
    ]);
  });
});

describe('words for another program', () => {
  const words = (...argv: readonly string[]) => {
    const { call, settings } = asked(...argv);
    if (call?.verb !== 'lend') throw new Error('another verb');
    return [call.given.words, settings.file];
  };

  test('are taken as they are, behind what names it', () => {
    assert.deepEqual(words('lend', 'me', 'ss', '-tln', '--help', '--file=x', '--', 'y'), [
      ['me', 'ss', '-tln', '--help', '--file=x', '--', 'y'],
      undefined,
    ]);
  });

  test('flags before it are our own', () => {
    assert.deepEqual(words('lend', '-f', 'a', 'me', '--file=b', 'ss', '-f', 'c'), [['me', 'ss', '-f', 'c'], 'b']);
    assert.match(problemsOf('lend', 'me', '-t', 'ss').join(), /^-t is no flag/);
  });

  test('a -- in between is left out, once', () => {
    assert.deepEqual(words('lend', 'me', 'ss', '--', '-t', '--', '-l')[0], ['me', 'ss', '-t', '--', '-l']);
    assert.deepEqual(words('lend', '--', '-me', 'ss', '-t')[0], ['-me', 'ss', '-t']);
  });
});
