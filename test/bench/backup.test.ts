import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import { writeBig } from '../../bench/backup/corpora/big.ts';
import type { Corpus } from '../../bench/backup/corpora/corpus.ts';
import { writeSmall } from '../../bench/backup/corpora/small.ts';
import { findings, goals } from '../../bench/backup/goals.ts';
import { peers } from '../../bench/backup/peers/all.ts';
import { planFor } from '../../bench/backup/plan.ts';
import { report } from '../../bench/backup/report.ts';
import { type Key, Results } from '../../bench/backup/results.ts';
import { type Goal, goalTable } from '../../bench/findings.ts';
import type { Sample } from '../../bench/samples.ts';
import { endpointFrom } from '../../bench/stores/bucket.ts';
import { settings } from '../../bench/stores/settings.ts';
import { versionIn } from '../../bench/tools.ts';
import { cpuOfEndedChildren, memoryOfTree, treeOf } from '../../bench/usage.ts';

const script = fileURLToPath(new URL('../../scripts/bench.ts', import.meta.url));

test('a plan has everything but what is left out, in its own order', () => {
  const whole = planFor([]);
  assert.ok(typeof whole === 'object');
  assert.deepEqual(whole.corpora, ['small', 'big']);
  assert.deepEqual(whole.settings, ['plain', 'age', 's3', 's3-age']);
  assert.deepEqual([whole.peers.at(0), whole.peers.at(-1)], ['sidekick', 'borg']);
  assert.deepEqual(whole.size, { files: 50_000, bytes: 2 ** 30 });
  assert.deepEqual(
    planFor(['--quick', '--rounds=5', '--corpora=big', '--settings=age,plain', '--peers=restic,sidekick', '--json']),
    {
      rounds: 1,
      corpora: ['big'],
      settings: ['plain', 'age'],
      peers: ['sidekick', 'restic'],
      size: { files: 400, bytes: 2 ** 23 },
      json: true,
      quick: true,
    },
  );
});

describe('the corpora', () => {
  for (const [name, write] of [
    ['small', (folder: string, seed: number) => writeSmall(folder, 300, seed)],
    ['big', (folder: string, seed: number) => writeBig(folder, 400_000, seed)],
  ] as const)
    test(`${name}: the same for the same seed, and as many files and bytes as it says`, (t) => {
      const [first, second, other] = [7, 7, 8].map((seed, index) => {
        const folder = join(temporaryFolder(t), `${index}`);
        mkdirSync(folder);
        return write(folder, seed);
      });
      assert.ok(first && second && other);
      assert.deepEqual(hashes(second), hashes(first));
      assert.notDeepEqual(hashes(other), hashes(first));
      const sizes = [...filesOf(first.folder)].map((file) => statSync(join(first.folder, file)).size);
      assert.deepEqual([first.files, first.bytes], [sizes.length, sizes.reduce((sum, size) => sum + size, 0)]);
    });

  test('small: of every kind, in folders of forty', (t) => {
    const { folder, bytes } = writeSmall(temporaryFolder(t), 1000, 1);
    const files = filesOf(folder);
    for (const [extension, share] of Object.entries({ md: 0.3, ts: 0.2, json: 0.2, log: 0.15, jpg: 0.15 })) {
      const count = files.filter((file) => file.endsWith(`.${extension}`)).length;
      assert.ok(Math.abs(count / files.length - share) < 0.05, `${count} of ${files.length} for ${share}`);
    }
    assert.equal(new Set(files.map((file) => file.slice(0, file.lastIndexOf('/')))).size, 25);
    assert.ok(bytes / files.length > 3000 && bytes / files.length < 5000, `${bytes / files.length} B on average`);
  });

  test('big: zstd makes a third of it, and no page is there twice', needs('zstd'), (t) => {
    const { folder, bytes } = writeBig(temporaryFolder(t), 4 * 2 ** 20, 1);
    const compressed = spawnSync('sh', ['-c', `cat ${folder}/* | zstd -3 | wc -c`], { encoding: 'utf8' });
    const ratio = bytes / Number(compressed.stdout);
    assert.ok(ratio > 2.5 && ratio < 3.5, `${ratio}`);
    for (const file of filesOf(folder)) {
      const content = readFileSync(join(folder, file));
      const pages = Array.from({ length: content.length / 4096 }, (_, page) =>
        content.toString('latin1', page * 4096, page * 4096 + 4096),
      );
      assert.equal(new Set(pages).size, pages.length);
    }
  });
});

describe('what was found', () => {
  const corpus: Corpus = { name: 'small', folder: '/corpus', files: 50_000, bytes: 190e6 };
  const results = new Results();
  const add = (key: Partial<Key>, sample: Partial<Sample>) =>
    results.add(
      { corpus: 'small', setting: 'plain', job: 'first', peer: 'sidekick', ...key },
      { seconds: 1, cpu: 2, anonymous: 2 ** 20, resident: 2 ** 21, stored: 5e6, ...sample },
    );
  for (const seconds of [9, 2, 1]) add({}, { seconds });
  add({ peer: 'tar-zstd' }, { seconds: 1, anonymous: Number.NaN });
  add({ peer: 'restic' }, { seconds: 8 });
  add({ peer: 'restic', job: 'again' }, {});
  add({ setting: 'age' }, { seconds: 2.2 });

  test('a report has the medians of each job, beside those of the sidecar', () => {
    const [plain] = settings;
    assert.ok(plain !== undefined);
    assert.equal(
      report(results, corpus, plain, peers),
      `
50,000 files of 190.0 MB, to a folder

                              s  MB/s  CPU s  anonymous MiB  RSS MiB  stored MB  time ×
-------------------------  ----  ----  -----  -------------  -------  ---------  ------
first backup
  sidekick/backup          2.00    95   2.00            1.0      2.0        5.0    1.0×
  tar | zstd -3            1.00   190   2.00              -      2.0        5.0    0.5×
  restic backup            8.00    24   2.00            1.0      2.0        5.0    4.0×
the same again, unchanged
  restic backup            1.00   190   2.00            1.0      2.0        5.0       -`,
    );
    const [, , s3] = settings;
    assert.ok(s3 !== undefined);
    assert.equal(report(results, corpus, s3, peers), '');
  });

  test('goals are looked at where both sides were measured', () => {
    const found = findings(results);
    assert.deepEqual(
      found.map(({ title, reached }) => [title, reached]),
      [
        ['small, first: the speed of tar-zstd', false],
        ['small, first: the speed of restic', true],
        ['small, first: the time of age beside plain', true],
      ],
    );
    assert.deepEqual(
      found.map((finding) => finding.found),
      [0.5, 4, 1.1],
    );
    const bound = { ...(goals.at(-1) as Goal<Key>), of: key('age'), beside: key('plain'), bound: 1 };
    assert.equal(findings(results, [bound])[0]?.reached, false);
    assert.match(goalTable('sidekick/backup', found), /^small, first: the speed of tar-zstd +≥ 0\.80× +0\.50× +NO$/m);
    assert.match(goalTable('sidekick/backup', found), /^small, first: the time of age beside plain +≤ 1\.15× +1\.10× +yes$/m);
  });

  test('every goal names what is measured', () => {
    for (const { title, of, beside } of goals)
      for (const { peer: name, setting, job } of [of, beside]) {
        const peer = peers.find((each) => each.name === name);
        assert.ok(peer?.settings.includes(setting) && peer.jobs[job] !== undefined, title);
      }
  });

  function key(setting: Key['setting']): Key {
    return { corpus: 'small', setting, job: 'first', peer: 'sidekick' };
  }
});

test('a version is found in what a tool says', () => {
  assert.equal(versionIn('*** zstd command line interface 64-bits v1.5.4, by Yann Collet ***'), '1.5.4');
  assert.equal(versionIn('tar (GNU tar) 1.34\n'), '1.34');
  assert.equal(versionIn('(devel)'), '?');
});

test('S3 is what the environment names', () => {
  const keys = { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret' };
  assert.equal(endpointFrom(keys), undefined);
  assert.deepEqual(endpointFrom({ ...keys, AWS_ENDPOINT_URL_S3: 'http://s3.example:8002/', AWS_REGION: 'here' }), {
    url: 'http://s3.example:8002',
    region: 'here',
    accessKey: 'key',
    secretKey: 'secret',
  });
  assert.deepEqual(endpointFrom({ SIDEKICK_TEST_S3: 'http://k:s%2F@127.0.0.1:8002' }), {
    url: 'http://127.0.0.1:8002',
    region: 'us-east-1',
    accessKey: 'k',
    secretKey: 's/',
  });
  assert.throws(
    () => endpointFrom({ AWS_ENDPOINT_URL: 'http://s3.example' }),
    /AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is not/,
  );
});

test('processes are counted when they have ended, and their memory while they run', needs('linux'), async (t) => {
  const before = cpuOfEndedChildren();
  spawnSync('sh', ['-c', "sh -c 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done'; true"]);
  assert.ok(cpuOfEndedChildren() - before >= 0.02);
  const child = spawn('sh', ['-c', 'sleep 60 & sleep 60; true']);
  const { pid = 0 } = child;
  t.after(() => kill(treeOf(pid)));
  await until('both sleep', () => treeOf(pid).length === 3);
  const [all, one] = [memoryOfTree(pid), memoryOfTree(treeOf(pid)[1] ?? 0)];
  assert.ok(one.anonymous > 0 && all.anonymous > one.anonymous && all.resident > all.anonymous);
  child.kill('SIGKILL');
  assert.deepEqual(memoryOfTree(2 ** 22 + 1), { anonymous: 0, resident: 0 });
});

describe('npm run bench -- backup', () => {
  test('measures what is there, and says what failed', needs('linux', 'zstd'), (t) => {
    const folder = temporaryFolder(t);
    // it answers as restic, and fails where it should restore something
    const lines = ['#!/bin/sh', '[ "$2" != restore ] || { echo no such thing >&2; exit 3; }', 'echo restic 0.0.1'];
    writeFileSync(join(folder, 'restic'), lines.join('\n'));
    chmodSync(join(folder, 'restic'), 0o755);
    const env = { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}`, TMPDIR: folder };
    const words = [script, 'backup', '--quick', '--json', '--corpora=small', '--settings=plain', '--peers=tar-zstd,restic'];
    const { status, stdout, stderr } = spawnSync(process.execPath, words, { env, encoding: 'utf8' });
    assert.equal(
      stderr,
      'sidekick bench: restic failed at small, plain, restore: small-plain-restic ended with 3:\nno such thing\n\n',
    );
    assert.equal(status, 1);
    const { samples, machine } = JSON.parse(stdout);
    assert.equal(machine.versions.restic, '0.0.1');
    assert.deepEqual(Object.keys(samples), [
      'small/plain/first/tar-zstd',
      'small/plain/first/restic',
      'small/plain/restore/tar-zstd',
      'small/plain/again/restic',
    ]);
    const [{ seconds, stored }] = samples['small/plain/first/tar-zstd'];
    assert.ok(seconds > 0 && stored > 100_000, stdout);
    assert.deepEqual(readdirSync(folder), ['restic']);
  });

  test('the sidecar does every job, plain and encrypted', needs('linux', 'age'), (t) => {
    const env = { ...process.env, TMPDIR: temporaryFolder(t) };
    const words = [script, 'backup', '--quick', '--json', '--corpora=small', '--settings=plain,age', '--peers=sidekick'];
    const { status, stdout, stderr } = spawnSync(process.execPath, words, { env, encoding: 'utf8' });
    assert.equal(stderr, '');
    assert.equal(status, 0);
    const { samples, goals: found } = JSON.parse(stdout);
    const livez = found.find(({ title }: { title: string }) => title === 'small: /livez while a run goes on');
    assert.match(livez.told, /^p50 \d+\.\d, p99 \d+\.\d, max \d+\.\d ms$/);
    const jobs = ['first', 'restore', 'again'].flatMap((job) =>
      ['plain', 'age'].map((setting) => `small/${setting}/${job}/sidekick`),
    );
    assert.deepEqual(Object.keys(samples), jobs);
    for (const setting of ['plain', 'age']) {
      const [first, again] = [samples[`small/${setting}/first/sidekick`][0], samples[`small/${setting}/again/sidekick`][0]];
      assert.ok(
        again.stored < first.stored / 10,
        `${again.stored} B and ${first.stored} B: what did not change was not saved again`,
      );
    }
  });

  test('does not take for restored what is not what was saved', needs('linux', 'zstd'), (t) => {
    const folder = temporaryFolder(t);
    // it unpacks nothing
    const lines = ['#!/bin/sh', 'case "$*" in *" -xf "*) cat >/dev/null ;; *) exec /bin/tar "$@" ;; esac'];
    writeFileSync(join(folder, 'tar'), lines.join('\n'));
    chmodSync(join(folder, 'tar'), 0o755);
    const env = { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}`, TMPDIR: folder };
    const words = [script, 'backup', '--quick', '--corpora=big', '--settings=plain', '--peers=tar-zstd'];
    const { status, stderr } = spawnSync(process.execPath, words, { env, encoding: 'utf8' });
    assert.match(
      stderr,
      /tar-zstd failed at big, plain, restore: what was restored is not what was saved: Only in .*: access\.log/,
    );
    assert.equal(status, 1);
  });

  test('interrupted, it leaves no process and no file behind', needs('linux'), async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, 'zstd'), '#!/bin/sh\n[ "$1" = --version ] || sleep 60 | sleep 60\n');
    chmodSync(join(folder, 'zstd'), 0o755);
    const env = { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}`, TMPDIR: folder };
    const words = [script, 'backup', '--quick', '--corpora=small', '--settings=plain', '--peers=tar-zstd'];
    const bench = spawn(process.execPath, words, { env, stdio: 'ignore' });
    const { pid = 0 } = bench;
    t.after(() => kill(treeOf(pid)));
    // itself, bash, tar, and zstd with two more
    let started: number[] = [];
    await until('it measures', () => {
      // the kernel may leave one out while another one comes
      started = treeOf(pid);
      return bench.exitCode !== null || started.length === 6;
    });
    assert.equal(started.length, 6, 'it was interrupted in mid-flow');
    bench.kill('SIGTERM');
    const [code] = await once(bench, 'exit');
    assert.equal(code, 143);
    assert.deepEqual(readdirSync(folder), ['zstd']);
    await until('its processes have ended', () => started.every((one) => !existsSync(`/proc/${one}`)));
  });
});

function filesOf(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1));
}

function hashes({ folder }: Corpus): Record<string, string> {
  const hash = (file: string) =>
    createHash('sha256')
      .update(readFileSync(join(folder, file)))
      .digest('hex');
  return Object.fromEntries(filesOf(folder).map((file) => [file, hash(file)]));
}

function kill(pids: readonly number[]): void {
  for (const pid of pids) process.kill(pid, 'SIGKILL');
}
