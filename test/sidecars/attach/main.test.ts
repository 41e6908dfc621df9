import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { needs } from '#harness/needs.ts';
import { readTool } from '#shared/config/tool.ts';
import { version } from '#shared/version.ts';
import { tool } from '../../../sidecars/attach/config.ts';
import { attach, attachInTerminal, compose, folderWith, main, manifest } from './command.ts';

const attached = attach([], { stdin: compose }).stdout;

describe('stdin to stdout', () => {
  test('the file comes out again with the sidecars in it, and stderr tells which', () => {
    const { status, stdout, stderr } = attach([], { stdin: compose });
    assert.deepEqual([status, stderr], [0, 'sidekick/attach: stdin: web-logs, web-netprobe beside web\n']);
    assert.ok(stdout.startsWith(compose), stdout);
    assert.match(stdout, new RegExp(`^    image: sidekick/netprobe:${version}$`, 'm'));
  });

  test('attached again it is the same, and --remove gives back what it was', () => {
    assert.equal(attach([], { stdin: attached }).stdout, attached);
    const { status, stdout, stderr } = attach(['--remove'], { stdin: attached });
    assert.deepEqual([status, stdout, stderr], [0, compose, 'sidekick/attach: took out of stdin what was attached\n']);
    assert.equal(
      attach(['--remove'], { stdin: compose }).stderr,
      'sidekick/attach: nothing is attached in stdin; it stays as it is\n',
    );
  });

  test('flags name the images, and where they are built from', () => {
    const { stdout } = attach(['--tag', '9.9', '--images=registry.example/kick/', '--build', '../..'], { stdin: compose });
    assert.match(stdout, /^ {4}image: registry\.example\/kick\/logs:9\.9$/m);
    assert.match(stdout, /^ {6}context: \.\.\/\.\.$/m);
  });

  test('a file that asks for nothing comes out as it is, and that is told', () => {
    const plain = 'services:\n  web: { image: nginx }\n';
    const { status, stdout, stderr } = attach([], { stdin: plain });
    assert.deepEqual([status, stdout], [0, plain]);
    assert.match(stderr, /^sidekick\/attach: stdin asks for no sidecar; write what you want under x-sidekick of a service\./);
  });

  test('what begins the file and its line ends stay', () => {
    const odd = `\ufeff${compose.replaceAll('\n', '\r\n')}`;
    const { stdout } = attach([], { stdin: odd });
    assert.ok(stdout.startsWith(odd), JSON.stringify(stdout.slice(0, 60)));
    assert.equal(attach(['--remove'], { stdin: stdout }).stdout, odd);
  });

  test('a reader that has had enough is nothing wrong', async () => {
    const child = spawn('sh', ['-c', '"$0" "$1" | head -n 1', process.execPath, main], { stdio: 'pipe' });
    // more than a pipe holds
    child.stdin.end(`${compose}${'# a comment\n'.repeat(50_000)}`);
    const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    assert.deepEqual([out, code], ['# my application\n', 0]);
    assert.doesNotMatch(err, /EPIPE|failed/);
  });

  test('a signal ends it while it waits for its input', async () => {
    for (const [signal, expected] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const) {
      // tells when it hears of the last of them
      const told = 'process.on("newListener", (name) => name === "SIGTERM" && setTimeout(() => process.stderr.write("ready")))';
      const waiting = spawn(process.execPath, ['--import', `data:text/javascript,${told}`, main], { stdio: 'pipe' });
      await once(waiting.stderr, 'data');
      waiting.kill(signal);
      assert.deepEqual(await once(waiting, 'close'), [expected, null]);
    }
  });
});

describe('files', () => {
  test('-f is read, and -o written', (t) => {
    const cwd = folderWith(t, { 'compose.yaml': compose });
    const { status, stdout, stderr } = attach(['-f', 'compose.yaml', '-o', 'out.yaml'], { cwd });
    assert.deepEqual([status, stdout], [0, '']);
    assert.equal(stderr, 'sidekick/attach: compose.yaml: web-logs, web-netprobe beside web\n');
    assert.equal(readFileSync(join(cwd, 'out.yaml'), 'utf8'), attached);
    assert.equal(attach(['-f-', '-o', '-'], { stdin: compose, cwd }).stdout, attached);
  });

  test('a person at a terminal means the compose file of this folder', needs('linux'), (t) => {
    const cwd = folderWith(t, { 'compose.yml': compose, 'docker-compose.yml': 'services: {}\n' });
    const { status, stdout } = attachInTerminal([], cwd);
    assert.deepEqual([status, stdout], [0, attached]);
  });

  test('and is told where there is none', needs('linux'), (t) => {
    const { status, stdout } = attachInTerminal([], folderWith(t, {}));
    assert.equal(status, 64);
    assert.match(stdout, /there is no compose\.yaml, compose\.yml, .* in this folder; name a file by -f, or see --help/);
  });

  test('what cannot be read or written is told, with what to do', needs('linux'), (t) => {
    const cwd = folderWith(t, { 'compose.yaml': compose, locked: compose });
    mkdirSync(join(cwd, 'folder'));
    for (const [words, code, said] of [
      [['-f', 'nope.yaml'], 64, /^sidekick\/attach: nope\.yaml is not there; /],
      [['-f', 'folder'], 64, /^sidekick\/attach: folder is a folder; name a file in it\n$/],
      [['-f', 'compose.yaml', '-o', 'folder'], 64, /^sidekick\/attach: folder is a folder; /],
      [
        ['-f', 'compose.yaml', '-o', 'no/where.yaml'],
        64,
        /^sidekick\/attach: no\/where\.yaml cannot be written: there is no folder no; make it first\n$/,
      ],
      [[], 64, /^sidekick\/attach: stdin is empty: give a file by < compose\.yaml or -f compose\.yaml/],
    ] as const) {
      const { status, stdout, stderr } = attach(words, { cwd });
      assert.deepEqual([status, stdout], [code, ''], words.join(' '));
      assert.match(stderr, said);
    }
    assert.match(attach([], { stdin: new Uint8Array([0x61, 0xff]) }).stderr, /^sidekick\/attach: stdin is no text in UTF-8\n$/);
  });

  test('a permission that is missing is told, with 77', needs('linux', 'root'), (t) => {
    const cwd = folderWith(t, { 'compose.yaml': compose, 'locked.yaml': compose });
    chmodSync(cwd, 0o755);
    chmodSync(join(cwd, 'locked.yaml'), 0o600);
    const asNobody = (words: readonly string[]) =>
      spawnSync(process.execPath, [main, ...words], { cwd, encoding: 'utf8', uid: 65534, gid: 65534 });
    const unread = asNobody(['-f', 'locked.yaml']);
    assert.deepEqual([unread.status, unread.stdout], [77, '']);
    assert.match(unread.stderr, /^sidekick\/attach: locked\.yaml may not be read by user 65534; .*--user "\$\(id -u\)"\n$/);
    const unwritten = asNobody(['-f', 'compose.yaml', '-o', 'out.yaml']);
    assert.deepEqual([unwritten.status, existsSync(join(cwd, 'out.yaml'))], [77, false]);
    assert.match(unwritten.stderr, /^sidekick\/attach: out\.yaml may not be written by user 65534/);
  });
});

describe('what is wrong', () => {
  test('in the file is told all at once, each with its place, and nothing is written', (t) => {
    const wrong = compose.replace('paths:', 'path:').replace('netprobe:', 'netprob:');
    const cwd = folderWith(t, { 'compose.yaml': wrong });
    const { status, stdout, stderr } = attach(['-f', 'compose.yaml', '-o', 'out.yaml'], { cwd });
    assert.deepEqual([status, stdout, existsSync(join(cwd, 'out.yaml'))], [64, '', false]);
    const [title, ...lines] = stderr.trimEnd().split('\n');
    assert.equal(title, 'sidekick/attach: nothing is written, as there are 2 problems');
    assert.match(
      lines[0] ?? '',
      /^ {2}compose\.yaml:6:15: services\.web\.x-sidekick\.logs\.path is no option of logs; did you mean paths\?$/,
    );
    assert.match(
      lines[1] ?? '',
      /^ {2}compose\.yaml:7:7: services\.web\.x-sidekick\.netprob is no sidecar; did you mean netprobe\?$/,
    );
    assert.equal(lines.length, 2);
  });

  test('is the engine, which is told kindly', () => {
    for (const [words, stdin, said] of [
      [[], manifest, /stdin is a manifest of Kubernetes; call it with --kubernetes\n$/],
      [['--kubernetes'], compose, /stdin is a compose file, and --kubernetes is for manifests; leave it out\n$/],
      [['--remove'], manifest, /call it with --kubernetes\n$/],
      [['explain'], manifest, /call it with --kubernetes\n$/],
    ] as const) {
      const { status, stdout, stderr } = attach(words, { stdin });
      assert.deepEqual([status, stdout], [64, '']);
      assert.match(stderr, said);
    }
  });

  test('are the flags', () => {
    for (const [words, said] of [
      [['--hlp'], /--hlp is no flag; did you mean --help\?/],
      [['explian'], /explian is no verb; did you mean explain\?/],
      [['compose.yaml'], /^compose\.yaml is no verb; a file is named by -f compose\.yaml$/],
      [['--healthy'], /--healthy is no flag/],
      [['--tag', 'a b'], /--tag=a b is no tag of an image/],
      [['--images', ' '], /--images= {2}cannot begin the name of an image/],
      [['-f', ''], /names no file/],
      [['--remove', '--tag=1'], /--tag is for what is attached, and --remove takes it out/],
      [['--kubernetes', '--build=.'], /--build is for compose/],
      [['--check'], /--check compares with a file; name it by -o/],
    ] as const)
      assert.match(readTool(tool, words).problems.join(), said);
  });

  test('are flags that a verb would ignore', () => {
    for (const [words, said] of [
      [['explain', '-o', 'x'], /--output means nothing to explain; leave it out/],
      [['run', '--kubernetes', 'web', 'logs'], /--kubernetes means nothing to run; leave it out/],
    ] as const) {
      const { status, stdout, stderr } = attach(words, { stdin: compose });
      assert.deepEqual([status, stdout], [64, ''], words.join(' '));
      assert.match(stderr, said);
    }
  });

  test('is not what stands in the environment', () => {
    const { status, stdout } = attach([], {
      stdin: compose,
      env: { ATTACH_TAG: 'x', LOGS_TO: 'nonsense', SIDEKICK_SETTINGS: '/none' },
    });
    assert.deepEqual([status, stdout], [0, attached]);
  });
});

describe('what it tells of itself', () => {
  test('--help, also of a verb, and --version', () => {
    const help = attach(['--help', '-x']);
    assert.deepEqual([help.status, help.stderr], [0, '']);
    assert.match(help.stdout, /^Usage: sidekick\/attach /m);
    assert.match(help.stdout, /^ {2}-o, --output$/m);
    assert.match(attach(['explain', '--help']).stdout, /^Usage: sidekick\/attach explain \[--json\]/);
    assert.equal(attach(['--version']).stdout, `sidekick/attach ${version} (Node ${process.versions.node})\n`);
  });
});

test('a manifest gets native sidecars, and gives them back', () => {
  const { status, stdout, stderr } = attach(['--kubernetes'], { stdin: manifest });
  assert.deepEqual([status, stderr], [0, 'sidekick/attach: stdin: Pod web\n']);
  assert.match(stdout, new RegExp(`^ {6}image: sidekick/netprobe:${version}$`, 'm'));
  assert.equal(attach(['--kubernetes'], { stdin: stdout }).stdout, stdout);
  assert.equal(attach(['--kubernetes', '--remove'], { stdin: stdout }).stdout, manifest);
});
