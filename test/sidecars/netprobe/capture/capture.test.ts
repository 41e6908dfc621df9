// The verb as a whole: from the network and from files, to a person and to files.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '#harness/folder.ts';
import { NetworkNamespace, said } from '#harness/namespace.ts';
import { needs } from '#harness/needs.ts';
import type { SidecarProcess } from '#harness/process.ts';
import { until } from '#harness/until.ts';
import { readPcapng } from './ring/pcapng-file.ts';

const main = fileURLToPath(new URL('../../../../sidecars/netprobe/main.ts', import.meta.url));
const web = new URL('recorder/programs/web.ts', import.meta.url);
const here = needs('linux', 'root');

/** Names of the tests' own are none that a sidecar knows. */
const clean = { PATH: process.env.PATH, NODE_NO_WARNINGS: '1' };

/** Runs the verb to its end, outside of any namespace of its own. */
function run(...words: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'capture', ...words], {
    env: clean,
    encoding: 'utf8',
  });
  const log = stderr.split('\n').filter((line) => line.startsWith('{'));
  return {
    status,
    stdout,
    stderr,
    lines: stdout.split('\n').filter((line) => line !== ''),
    said: log.map((line) => JSON.parse(line).msg),
  };
}

class Watched {
  readonly namespace: NetworkNamespace;

  private constructor(namespace: NetworkNamespace) {
    this.namespace = namespace;
  }

  /** A namespace with a web server. */
  static async begin(t: TestContext): Promise<Watched> {
    const namespace = new NetworkNamespace(t);
    await said(namespace.program(web), 'serving');
    return new Watched(namespace);
  }

  /** Begins to capture in it. */
  async capture(...words: readonly string[]): Promise<SidecarProcess> {
    const capture = this.namespace.sidecar('netprobe', {}, ['capture', ...words]);
    await capture.says('capturing at');
    return capture;
  }

  get(path: string): Promise<unknown> {
    return this.namespace.get(`http://127.0.0.1:8080${path}`);
  }
}

/** A file with two requests in it. */
async function recorded(t: TestContext): Promise<string> {
  const watched = await Watched.begin(t);
  const file = join(temporaryFolder(t), 'web.pcapng');
  const capture = await watched.capture('-w', file, '--comment=two requests', 'tcp port 8080');
  await watched.get('/first');
  await watched.get('/second');
  const { code, stderr } = await capture.stop();
  assert.equal(code, 0, stderr);
  return file;
}

describe('netprobe capture from the network', here, () => {
  test('shows a line for each packet until it is told to stop, and says what it captured', async (t) => {
    const watched = await Watched.begin(t);
    const capture = await watched.capture('-n', 'tcp port 8080 and not udp');
    await watched.get('/seen');
    await until('the request is shown', () => capture.stdout.includes('HTTP: GET /seen HTTP/1.1'));
    const { code, stdout } = await capture.stop('SIGINT');
    assert.equal(code, 0);
    const lines = stdout.trimEnd().split('\n');
    assert.match(
      lines[0] ?? '',
      /^\d\d:\d\d:\d\d\.\d{6} lo\s+In\s+IP 127\.0\.0\.1\.\d+ > 127\.0\.0\.1\.8080: Flags \[S\], seq \d+/,
    );
    const end = capture.log.find(({ msg }) => String(msg).startsWith('captured'));
    assert.deepEqual([end?.captured, end?.received, end?.dropped], [lines.length, lines.length, 0]);
  });

  test('ends by itself after so many packets, so much time, or so many that match', async (t) => {
    const watched = await Watched.begin(t);
    const [few, short, matching] = await Promise.all([
      watched.capture('-c', '3', 'tcp port 8080'),
      watched.capture('--for=500ms', '-i', 'lo', 'udp'),
      watched.capture('--match', 'GET /(?:one|two)', '-c', '2'),
    ]);
    for (const path of ['/one', '/other', '/two', '/three']) await watched.get(path);
    const ends = await Promise.all([few, short, matching].map(({ ended }) => ended));
    assert.deepEqual(
      ends.map(({ code }) => code),
      [0, 0, 0],
    );
    const shown = ends.map(({ stdout }) => stdout.split('\n').filter((line) => line !== ''));
    assert.equal(shown[0]?.length, 3);
    assert.equal(shown[1]?.length, 0);
    assert.deepEqual(
      shown[2]?.map((line) => /GET \/\w+/.exec(line)?.[0]),
      ['GET /one', 'GET /two'],
    );
  });

  test('a host is named as the application names it', async (t) => {
    const watched = await Watched.begin(t);
    const [named, other] = await Promise.all([
      watched.capture('-c', '1', 'host localhost and tcp port 8080'),
      watched.capture('--for=1s', 'src host 10.11.12.13 or dst host 10.11.12.13'),
    ]);
    await watched.get('/');
    const ends = await Promise.all([named.ended, other.ended]);
    assert.deepEqual(
      ends.map(({ code, stdout }) => [code, stdout === '']),
      [
        [0, false],
        [0, true],
      ],
    );
  });

  test('files rotate, and hold each packet once; metrics and status tell of them where they are asked for', async (t) => {
    const watched = await Watched.begin(t);
    const folder = temporaryFolder(t);
    const capture = await watched.capture(
      '-w',
      join(folder, 'web.pcapng'),
      '-C',
      '64Ki',
      '--print',
      '--admin=127.0.0.1:9805',
      'tcp port 8080',
    );
    await watched.get(`/${'x'.repeat(4000)}`);
    for (let count = 0; count < 3; count += 1)
      watched.namespace.run(
        process.execPath,
        '-e',
        'fetch("http://127.0.0.1:8080/",{method:"POST",body:"y".repeat(60000)}).then((r)=>r.text())',
      );
    const ready = await watched.namespace.get('http://127.0.0.1:9805/readyz');
    assert.equal(ready.status, 200, ready.text);
    await until('that is told', async () => {
      const { text } = await watched.namespace.get('http://127.0.0.1:9805/metrics');
      return (
        /^sidekick_netprobe_capture_packets_total [1-9]/m.test(text) &&
        /^sidekick_netprobe_capture_dropped_packets_total 0$/m.test(text)
      );
    });
    const { code, stdout } = await capture.stop();
    assert.equal(code, 0);
    const names = readdirSync(folder)
      .filter((name) => !name.startsWith('.'))
      .sort();
    assert.ok(names.length >= 3, names.join());
    assert.equal(names[0], 'web-000001.pcapng');
    const packets = names.flatMap((name) => readPcapng(join(folder, name)).packets);
    const end = capture.log.find(({ msg }) => String(msg).startsWith('captured'));
    assert.equal(packets.length, end?.captured);
    assert.equal(stdout.trimEnd().split('\n').length, end?.captured);
    assert.equal(capture.log.filter(({ msg }) => String(msg).endsWith('is whole')).length, names.length);
  });

  test('conversations: a table again and again, and at the end', async (t) => {
    const watched = await Watched.begin(t);
    const capture = await watched.capture('--flows', '--json', '--every=200ms', 'tcp port 8080');
    await watched.get('/');
    await until('it is told', () => capture.stdout.includes('"8080"') || capture.stdout.includes(':8080'));
    const { code, stdout } = await capture.stop();
    assert.equal(code, 0);
    for (const line of stdout.trimEnd().split('\n')) JSON.parse(line);
  });

  test('who reads it may have enough', async (t) => {
    const watched = await Watched.begin(t);
    const file = join(temporaryFolder(t), 'head');
    const words = [main, 'capture', '-w', '-'].map((word) => `'${word}'`).join(' ');
    const head = watched.namespace.start('sh', ['-c', `'${process.execPath}' ${words} | head -c 100 > '${file}'; echo done`]);
    await head.says('capturing at');
    await watched.get('/');
    await watched.get('/');
    assert.equal((await head.ended).stdout.trim().split('\n').at(-1), 'done');
    assert.equal(readFileSync(file).length, 100);
    assert.ok(!head.stderr.includes('"fatal"'), head.stderr);
  });

  test('what is there to be named', async (t) => {
    const watched = await Watched.begin(t);
    const listed = watched.namespace.start(process.execPath, [main, 'capture', '-D']);
    assert.match((await listed.ended).stdout, /^1\. lo {2}up loopback 127\.0\.0\.1 ::1\n$/);
    const unknown = watched.namespace.sidecar('netprobe', {}, ['capture', '-i', 'eth7']);
    const { code, stderr } = await unknown.ended;
    assert.equal(code, 64);
    assert.match(stderr, /there is no interface eth7 here: name one of lo/);
  });
});

describe('netprobe capture from a file', here, () => {
  test('shows, filters, counts, matches, cuts and masks', async (t) => {
    const file = await recorded(t);
    const all = run('-r', file);
    assert.equal(all.status, 0);
    assert.ok(all.lines.length > 10);
    const first = run('-r', file, 'tcp[tcpflags] & (tcp-syn|tcp-ack) = tcp-syn');
    assert.equal(first.lines.length, 2);
    assert.deepEqual(run('-r', file, '-c', '2').lines, all.lines.slice(0, 2));
    assert.deepEqual(run('-r', file, '-s0', '-nn').lines, all.lines);
    const [matching, ...others] = run('-r', file, '--match', 'GET /second').lines;
    assert.match(matching ?? '', /HTTP: GET \/second HTTP\/1\.1$/);
    assert.deepEqual(others, []);
    assert.ok(run('-r', file, '-A').stdout.includes('GET /first HTTP/1.1'));
    const masked = run('-r', file, '-A', '--mask');
    assert.equal(masked.lines.filter((line) => /^\d\d:/.test(line)).length, all.lines.length);
    assert.ok(!masked.stdout.includes('GET'));
    assert.ok(!run('-r', file, '-A', '-s', '70').stdout.includes('GET /first'));
    assert.match(run('-r', file, '--flows').stdout, /127\.0\.0\.1:\d+ > 127\.0\.0\.1:8080/);
    for (const line of run('-r', file, '--json').lines) assert.equal(JSON.parse(line).interface, 'lo');
  });

  test('what passes the filter goes to another file, or on, with its comments, and is the same', async (t) => {
    const file = await recorded(t);
    const folder = temporaryFolder(t);
    const all = readPcapng(file);
    const [copy, requests] = [join(folder, 'copy.pcapng'), join(folder, 'requests.pcapng')];
    assert.equal(run('-r', file, '-w', copy).status, 0);
    assert.deepEqual(readPcapng(copy).packets, all.packets);
    const same = run('-r', copy, '-w', copy);
    assert.deepEqual([same.status, readPcapng(copy).packets.length], [64, all.packets.length]);
    assert.match(same.said.join(), /is the file that is read: give it another name/);
    assert.ok(readFileSync(copy).includes('two requests'));
    assert.equal(run('-r', file, '-w', requests, 'dst port 8080').status, 0);
    const { packets } = readPcapng(requests);
    assert.ok(packets.length > 3 && packets.length < all.packets.length);
    const piped = spawnSync(
      'sh',
      [
        '-c',
        `'${process.execPath}' '${main}' capture -r '${file}' -w - 'dst port 8080' | '${process.execPath}' '${main}' capture -r - --json`,
      ],
      {
        env: clean,
        encoding: 'utf8',
      },
    );
    assert.equal(piped.stdout.trimEnd().split('\n').length, packets.length);
    const headers = join(folder, 'headers.pcapng');
    assert.equal(run('-r', file, '--headers-only', '-w', headers, '--zstd').status, 0);
    const back = run('-r', `${headers}.zst`, '-A');
    assert.equal(back.lines.filter((line) => /^\d\d:/.test(line)).length, all.packets.length);
    assert.ok(!back.stdout.includes('GET /'));
  });

  test('a file that is cut is read up to there, and that is told', async (t) => {
    const file = await recorded(t);
    const whole = run('-r', file).lines;
    const cut = join(temporaryFolder(t), 'cut.pcapng');
    writeFileSync(cut, readFileSync(file).subarray(0, 1000));
    const { status, lines, said: words } = run('-r', cut);
    assert.equal(status, 1);
    assert.ok(lines.length > 2);
    assert.deepEqual(lines, whole.slice(0, lines.length));
    assert.match(String(words.at(-1)), /cut\.pcapng: .*ends within/);
    assert.equal(run('-r', join(cut, 'none')).status, 1);
    assert.equal(run('-r', '/nowhere.pcapng').status, 64);
  });
});

test('what cannot go together is told, all of it at once, and nothing is written', () => {
  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [['tcp prot 80'], /in the filter, .*did you mean port\?/],
    [['--match', '('], /--match: .*\\\(/],
    [['-C', '1M'], /--rotate-size.* -w FILE/],
    [['-C', '1'], /rotate-size.*unit/],
    [['-w', '-', '--zstd'], /--zstd needs a file/],
    [['--keep=60s'], /--keep needs a place/],
    [['--on=http://127.0.0.1/'], /give --keep too/],
    [['-r', 'x.pcapng', '-i', 'eth0', '--for=1s'], /--interface is for packets from the network[\s\S]*--for is for packets/],
    [['-w', 'x.pcapng', '--flows'], /give --print too/],
    [['--mask', '--headers-only'], /give one of them/],
    [['--flows', '--match', 'GET', '--comment=x'], /--flows shows none[\s\S]*--comment is for what is written/],
    [['--json', '-A', '--lines=3'], /--lines is for a table[\s\S]*--json has no payload/],
    [['--to=http://bucket', '-w', 'x'], /to.*s3:/],
    [['-w', '/nowhere/x.pcapng', '-r', '/dev/null'], /./],
  ];
  for (const [words, expected] of wrong) {
    const { status, said: log, stderr } = run(...words);
    assert.ok(status === 64 || (status === 1 && words.includes('/dev/null')), `${words.join(' ')}: ${status}`);
    assert.match(`${log.join('\n')}\n${stderr}`, expected, words.join(' '));
  }
});
