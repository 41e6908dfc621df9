import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { problemsOf, readExample, settingsOf } from './example.ts';

const onlyProblem = (source: Parameters<typeof problemsOf>[0]) => {
  const problems = problemsOf(source);
  assert.equal(problems.length, 1, problems.join('\n'));
  return problems[0] ?? '';
};

describe('where a value comes from', () => {
  const files = { '/settings': 'PROBE_TITLE=of the file\n' };
  const env = { PROBE_TITLE: 'of the environment' };

  test('the default where it is given nowhere', () => {
    const { paths, pause, title, to } = settingsOf({});
    assert.deepEqual([paths, pause, title, to.href], [['/var/log/*.log'], 1000, undefined, 'file:///out']);
  });

  test('a flag goes before the environment, that before the settings file', () => {
    const argv = ['--settings', '/settings'];
    assert.equal(settingsOf({ argv, files }).title, 'of the file');
    assert.equal(settingsOf({ argv, files, env }).title, 'of the environment');
    assert.equal(settingsOf({ argv: [...argv, '--title', 'of the flag'], files, env }).title, 'of the flag');
  });

  test('origins are told', () => {
    const reading = readExample({
      argv: ['--once', '--settings=/settings'],
      env: { PROBE_TOKEN_FILE: '/token' },
      files: { ...files, '/token': 'x' },
    });
    assert.ok('origins' in reading);
    const { once, token, title, pause } = reading.origins;
    assert.deepEqual(
      [once, token, title, pause],
      [{ from: 'flag' }, { from: 'environment', file: '/token' }, { from: 'settings file' }, { from: 'default' }],
    );
  });

  test('SIDEKICK_SETTINGS names the settings file, and --settings goes before it', () => {
    const all = { ...files, '/other': 'PROBE_TITLE=other\n' };
    assert.equal(settingsOf({ env: { SIDEKICK_SETTINGS: '/settings' }, files: all }).title, 'of the file');
    assert.equal(
      settingsOf({ env: { SIDEKICK_SETTINGS: '/settings' }, argv: ['--settings', '/other'], files: all }).title,
      'other',
    );
  });

  test('an empty variable is one that is not given', () => {
    assert.equal(settingsOf({ env: { PROBE_PAUSE: '', PROBE_TITLE_FILE: '' } }).pause, 1000);
  });

  test('shared options have names of their own', () => {
    assert.equal(settingsOf({ env: { SIDEKICK_GRACE: '3s' } }).grace, 3000);
    assert.equal(settingsOf({ argv: ['--grace', '4s'] }).grace, 4000);
    assert.deepEqual(settingsOf({ env: { PROBE_ADMIN: 'off' } }).admin, { type: 'off' });
  });
});

describe('_FILE', () => {
  const token = (content: string) => settingsOf({ env: { PROBE_TOKEN_FILE: '/t' }, files: { '/t': content } }).token;

  test('one trailing line end is dropped, and no more', () => {
    assert.equal(token('secret'), 'secret');
    assert.equal(token('secret\n'), 'secret');
    assert.equal(token('secret\r\n'), 'secret');
    assert.equal(token('secret\n\n'), 'secret\n');
    assert.equal(token(' secret '), ' secret ');
  });

  test('every option has one, also in a settings file', () => {
    assert.equal(settingsOf({ env: { PROBE_PAUSE_FILE: '/p' }, files: { '/p': '7s\n' } }).pause, 7000);
    assert.equal(settingsOf({ argv: ['--settings', '/s'], files: { '/s': 'PROBE_TOKEN_FILE=/t\n', '/t': 'x\n' } }).token, 'x');
  });

  test('unreadable, missing and empty files are problems that name the option and the path', () => {
    const env = { PROBE_TOKEN_FILE: '/t' };
    assert.match(onlyProblem({ env }), /^PROBE_TOKEN_FILE=\/t cannot be read: ENOENT: no such file or directory; check the path/);
    assert.match(onlyProblem({ env, files: { '/t': undefined } }), /^PROBE_TOKEN_FILE=\/t cannot be read: EACCES/);
    assert.match(onlyProblem({ env, files: { '/t': '\n' } }), /^PROBE_TOKEN_FILE=\/t is empty/);
  });

  test('both X and X_FILE', () => {
    const env = { PROBE_TOKEN: 'a', PROBE_TOKEN_FILE: '/t' };
    assert.match(
      onlyProblem({ env, files: { '/t': 'b' } }),
      /^PROBE_TOKEN and PROBE_TOKEN_FILE are both set \(environment\); keep one/,
    );
  });

  test('a bad value is told with its file, and not shown', () => {
    const problem = onlyProblem({ env: { PROBE_PAUSE_FILE: '/p' }, files: { '/p': 'soon' } });
    assert.match(problem, /^PROBE_PAUSE_FILE \(in \/p\) is not a duration/);
    assert.doesNotMatch(problem, /soon/);
  });
});

describe('a settings file', () => {
  const title = (content: string) => settingsOf({ argv: ['--settings', '/s'], files: { '/s': content } }).title;

  test('is read as dotenv: comments, quotes, export, blank lines', () => {
    assert.equal(title('# a comment\n\nexport PROBE_TITLE = plain # behind it\n'), 'plain');
    assert.equal(title(`PROBE_TITLE="two\nlines"\n`), 'two\nlines');
    assert.equal(title(`PROBE_TITLE=' # no comment '\r\n`), ' # no comment ');
  });

  test('with a line that is not NAME=VALUE is a problem', () => {
    assert.match(
      onlyProblem({ argv: ['--settings', '/s'], files: { '/s': 'PROBE_TITLE=a\nPROBE_ONCE\n' } }),
      /^\/s: line 2 or below/,
    );
  });

  test('that cannot be read is a problem under the name that named it', () => {
    assert.match(onlyProblem({ argv: ['--settings', '/none'] }), /^--settings=\/none cannot be read: ENOENT/);
    assert.match(onlyProblem({ env: { SIDEKICK_SETTINGS: '/none' } }), /^SIDEKICK_SETTINGS=\/none cannot be read: ENOENT/);
  });

  test('with an unknown name of ours is a problem; names of others are not ours to judge', () => {
    const files = { '/s': 'PROBE_PAUZE=3s\nWEB_PAUSE=3s\n' };
    assert.match(
      onlyProblem({ argv: ['--settings', '/s'], files }),
      /^PROBE_PAUZE \(settings file\) is no option; did you mean PROBE_PAUSE\?/,
    );
  });
});

describe('the command line', () => {
  test('words that are no flags are operands, and all of them behind --', () => {
    assert.deepEqual(settingsOf({ argv: ['/a.log', '--once', '/b.log'] }).paths, ['/a.log', '/b.log']);
    assert.deepEqual(settingsOf({ argv: ['--', '/a.log', '/--once'] }).paths, ['/a.log', '/--once']);
    assert.match(onlyProblem({ argv: ['--', '--once'] }), /^--paths=--once is not an absolute path/);
  });

  test('--flag VALUE, --flag=VALUE, and the last one counts', () => {
    assert.equal(settingsOf({ argv: ['--title', 'a=b'] }).title, 'a=b');
    assert.equal(settingsOf({ argv: ['--title=a=b'] }).title, 'a=b');
    assert.equal(settingsOf({ argv: ['--title=--once'] }).title, '--once');
    assert.equal(settingsOf({ argv: ['--title', 'a', '--title', 'b'] }).title, 'b');
  });

  test('lists and labels given several times are joined', () => {
    assert.deepEqual(settingsOf({ argv: ['--labels', 'a=1,b=2', '--labels', 'c=3'] }).labels, { a: '1', b: '2', c: '3' });
    assert.deepEqual(settingsOf({ argv: ['--paths', '/a', '/b', '--paths=/c'] }).paths, ['/a', '/b', '/c']);
  });

  test('a switch stands alone, or has its value behind =', () => {
    assert.equal(settingsOf({ argv: ['--once'] }).once, true);
    assert.equal(settingsOf({ argv: ['--once=false'], env: { PROBE_ONCE: 'true' } }).once, false);
    assert.deepEqual(settingsOf({ argv: ['--once', '/false'] }).paths, ['/false']);
  });

  test('a switch takes no word for its value, and says how to give one', () => {
    assert.match(onlyProblem({ argv: ['--once', 'false', '/paths'] }), /^--once false: .*write --once=false$/);
    assert.match(onlyProblem({ argv: ['--once', 'ON'] }), /write --once=ON$/);
  });

  test('a flag never takes the next flag for its value', () => {
    assert.match(onlyProblem({ argv: ['--title', '--once'] }), /^--title needs a value; .*--title=VALUE/);
    assert.match(onlyProblem({ argv: ['--title'] }), /^--title needs a value/);
    assert.match(onlyProblem({ argv: ['--title='] }), /^--title needs a value/);
    assert.match(onlyProblem({ argv: ['--times', '-1'] }), /^--times=-1 is too small/);
  });

  test('an unknown flag is a problem with the nearest one', () => {
    assert.match(onlyProblem({ argv: ['--puase=3s'] }), /^--puase is no flag; did you mean --pause\?/);
    assert.match(onlyProblem({ argv: ['--chekc'] }), /did you mean --check\?/);
    assert.match(onlyProblem({ argv: ['--entirely-else'] }), /^--entirely-else is no flag, see --help/);
    assert.match(onlyProblem({ argv: ['-x'] }), /^-x is no flag/);
  });

  test('modes', () => {
    for (const mode of ['help', 'version', 'print-settings', 'check', 'healthy'])
      assert.equal(readExample({ argv: [`--${mode}`] }).mode, mode);
    assert.equal(readExample({}).mode, 'run');
    assert.equal(readExample({ argv: ['-h'] }).mode, 'help');
    assert.equal(readExample({ argv: ['--help', '--check', '--nonsense'] }).mode, 'help');
    assert.match(onlyProblem({ argv: ['--check=false'] }), /^--check takes no value/);
  });
});

describe('--healthy', () => {
  const reading = (source: Parameters<typeof readExample>[0]) =>
    readExample({ ...source, argv: ['--healthy', ...(source.argv ?? [])] });
  const admin = { PROBE_ADMIN: '127.0.0.1:1' };
  const asks = { type: 'tcp', host: '127.0.0.1', port: 1 };

  test('asks for nothing but the address of the admin server, wherever it is given', () => {
    const cases: Parameters<typeof readExample>[0][] = [
      { env: { ...admin, PROBE_PAUSE: '3', PROBE_PUASE: '1s', PROBE_TOKEN_FILE: '/gone', PROBE_ONCE: 'true', TZ: 'Mars' } },
      { argv: ['--admin=127.0.0.1:1', '--times', 'none'], env: { PROBE_TITLE: 'a', PROBE_TITLE_FILE: '/b' } },
      { env: { PROBE_ADMIN_FILE: '/a' }, files: { '/a': '127.0.0.1:1\n' } },
      { argv: ['--settings=/s'], files: { '/s': 'PROBE_ADMIN=127.0.0.1:1\nPROBE_PUASE=3\nnonsense\n' } },
      { env: { ...admin, SIDEKICK_SETTINGS: '/gone' } },
    ];
    for (const source of cases) {
      const found = reading(source);
      assert.deepEqual(found.problems, []);
      assert.ok('settings' in found);
      assert.deepEqual(found.settings.admin, asks);
    }
  });

  test('tells what is wrong with that, and with the command', () => {
    const problem = (source: Parameters<typeof readExample>[0]) => reading(source).problems.join();
    assert.match(problem({ env: { PROBE_ADMIN: 'nowhere' } }), /^PROBE_ADMIN=nowhere is not an address/);
    assert.match(problem({ env: { PROBE_ADMIN_FILE: '/gone' } }), /^PROBE_ADMIN_FILE=\/gone cannot be read/);
    assert.match(problem({ argv: ['--settings', '/gone'] }), /^--settings=\/gone cannot be read/);
    assert.match(problem({ argv: ['--addmin=:1'] }), /^--addmin is no flag/);
  });
});

test('what a person may not read is told apart from what is wrong', () => {
  const lacks = (env: Readonly<Record<string, string>>, files = {}) => {
    const reading = readExample({ env, files });
    return 'lacksPermission' in reading && reading.lacksPermission;
  };
  const denied = { '/t': undefined, '/s': undefined };
  assert.equal(lacks({ PROBE_TOKEN_FILE: '/t', SIDEKICK_SETTINGS: '/s' }, denied), true);
  assert.equal(lacks({ PROBE_TOKEN_FILE: '/t', PROBE_PAUSE: '3' }, denied), false);
  assert.equal(lacks({ PROBE_TOKEN_FILE: '/gone' }, denied), false);
});

describe('names of others', () => {
  test('what Kubernetes injects for a service called as we are is tolerated', () => {
    const env = {
      PROBE_SERVICE_HOST: '10.0.0.1',
      PROBE_SERVICE_PORT: '80',
      PROBE_SERVICE_PORT_HTTP: '80',
      PROBE_PORT: 'tcp://10.0.0.1:80',
      PROBE_PORT_80_TCP: 'tcp://10.0.0.1:80',
      PROBE_PORT_80_TCP_PROTO: 'tcp',
      PROBE_PORT_80_TCP_PORT: '80',
      PROBE_PORT_80_TCP_ADDR: '10.0.0.1',
      SIDEKICK_LOGS_SERVICE_HOST: '10.0.0.2',
      SIDEKICK_LOGS_PORT_9801_TCP_ADDR: '10.0.0.2',
    };
    assert.deepEqual(problemsOf({ env }), []);
  });

  test('so is what docker --link injects', () => {
    const link = { PROBE_NAME: '/web/probe', PROBE_PORT: 'tcp://172.17.0.2:80', PROBE_ENV_NODE_VERSION: '26' };
    assert.deepEqual(problemsOf({ env: link }), []);
    assert.equal(problemsOf({ env: { PROBE_NAME: 'web', PROBE_ENV_X: '1' } }).length, 2, 'they are not of a link');
  });

  test('and what has another prefix', () => {
    assert.deepEqual(problemsOf({ env: { PROBES_PAUSE: '3s', PATH: '/bin', LOGS_TO: 'x', probe_pause: 'x' } }), []);
  });

  test('an unknown name of ours is a problem with the nearest one', () => {
    assert.match(
      onlyProblem({ env: { PROBE_PUASE: '3s' } }),
      /^PROBE_PUASE \(environment\) is no option; did you mean PROBE_PAUSE\?/,
    );
    assert.match(onlyProblem({ env: { SIDEKICK_GRAZE: '3s' } }), /did you mean SIDEKICK_GRACE\?/);
    for (const [own, shared] of [
      ['PROBE_GRACE', 'SIDEKICK_GRACE'],
      ['PROBE_LOG_LEVEL_FILE', 'SIDEKICK_LOG_LEVEL_FILE'],
      ['PROBE_SETTINGS', 'SIDEKICK_SETTINGS'],
    ] as const)
      assert.match(onlyProblem({ env: { [own]: '3s' } }), new RegExp(`^${own} .*did you mean ${shared}\\?`));
    assert.match(onlyProblem({ env: { PROBE_TOKEN_FIEL: '/t' } }), /did you mean PROBE_TOKEN_FILE\?/);
  });
});

test('every problem is told at once', () => {
  const problems = problemsOf({
    argv: ['--times=none', '--nonsense', '--settings', '/none'],
    env: { PROBE_PAUSE: '3', PROBE_SIZE_FILE: '/none', PROBE_MOODS: 'calm', PROBE_TOKEN: 'a', PROBE_TOKEN_FILE: '/b' },
  });
  for (const start of [
    '--nonsense',
    '--settings=/none',
    'PROBE_MOODS',
    'PROBE_PAUSE=3 ',
    'PROBE_SIZE_FILE=/none',
    '--times=none',
    'PROBE_TOKEN and',
  ])
    assert.ok(
      problems.some((problem) => problem.startsWith(start)),
      `${start} is told:\n${problems.join('\n')}`,
    );
  assert.equal(problems.length, 7);
});

test('what is right one by one may be wrong together', () => {
  assert.match(onlyProblem({ argv: ['--once', '--times', '2'] }), /^PROBE_ONCE and PROBE_TIMES are both set/);
  assert.match(onlyProblem({ argv: ['--once'], env: { TZ: 'Mars' } }), /^PROBE_ONCE is set, and TZ is of another planet/);
});

test('a text with parts has a problem for each of them', () => {
  const told = problemsOf({ env: { PROBE_WORDS: 'one TWO 3' } });
  assert.deepEqual(told, ['PROBE_WORDS: TWO is no word', 'PROBE_WORDS: 3 is no word']);
  const ofFile = onlyProblem({ env: { PROBE_WORDS_FILE: '/w' }, files: { '/w': 'one TWO\n' } });
  assert.equal(ofFile, 'PROBE_WORDS_FILE (in /w): TWO is no word');
});

test('the environment is handed on', () => {
  const reading = readExample({ env: { WEB_PORT: 'tcp://10.0.0.1:80' } });
  assert.ok('env' in reading);
  assert.deepEqual(reading.env, { WEB_PORT: 'tcp://10.0.0.1:80' });
});

describe('secrets', () => {
  test('have no flag, and a value that is given for one is nowhere told', () => {
    for (const argv of [['--token', 'hunter2'], ['--token=hunter2']]) {
      const problem = onlyProblem({ argv });
      assert.match(problem, /^--token is no flag, because .* set PROBE_TOKEN or PROBE_TOKEN_FILE/);
      assert.doesNotMatch(problem, /hunter2/);
    }
  });

  test('are not told where they are wrong', () => {
    assert.equal(onlyProblem({ env: { PROBE_HEADERS: 'hunter2' } }).includes('hunter2'), false);
    assert.equal(onlyProblem({ env: { PROBE_HEADERS_FILE: '/h' }, files: { '/h': 'hunter2' } }).includes('hunter2'), false);
  });

  test('in a URL are refused, and not told', () => {
    for (const url of ['http://me:hunter2@web/', 'http://hunter2@web/', 'http://me:hunter2@web:99999/', 'ftp://me:hunter2@web/'])
      assert.doesNotMatch(onlyProblem({ env: { PROBE_TO: url } }), /hunter2/);
  });
});
