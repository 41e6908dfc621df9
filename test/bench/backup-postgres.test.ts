import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import { fingerprint, makeCorpus } from '../../bench/backup-postgres/corpus.ts';
import { goals } from '../../bench/backup-postgres/goals.ts';
import { peers } from '../../bench/backup-postgres/peers/all.ts';
import { planFor } from '../../bench/backup-postgres/plan.ts';
import { findPrograms } from '../../bench/backup-postgres/programs.ts';
import { report } from '../../bench/backup-postgres/report.ts';
import { type Key, Results } from '../../bench/backup-postgres/results.ts';
import { Server } from '../../bench/backup-postgres/server.ts';
import { findingsOf } from '../../bench/findings.ts';
import type { Sample } from '../../bench/samples.ts';
import { Stage } from '../../bench/stage.ts';
import { settings } from '../../bench/stores/settings.ts';
import { treeOf } from '../../bench/usage.ts';

const script = fileURLToPath(new URL('../../scripts/bench.ts', import.meta.url));

test('a plan has everything but what is left out, in its own order', () => {
  const whole = planFor([]);
  assert.ok(typeof whole === 'object');
  assert.deepEqual(whole.settings, ['plain', 'age', 's3', 's3-age']);
  assert.deepEqual([whole.peers.at(0), whole.peers.at(-1)], ['sidekick', 'pg_dump-jobs']);
  assert.deepEqual([whole.rounds, whole.major, whole.size.accounts], [3, undefined, 1_800_000]);
  const words = ['--quick', '--rounds=5', '--settings=s3,plain', '--jobs=drill', '--peers=pg_dump-gzip,sidekick', '--major=17'];
  assert.deepEqual(planFor(words), {
    rounds: 1,
    settings: ['plain', 's3'],
    jobs: ['first', 'drill'],
    peers: ['sidekick', 'pg_dump-gzip'],
    major: 17,
    size: { accounts: 14_000, documents: 900, history: 9000 },
    json: false,
    quick: true,
  });
});

test('what cannot be measured is no plan', () => {
  assert.equal(planFor(['--major=9']), '--major=9: there are: 18, 17, 15');
  assert.equal(planFor(['--size=huge']), '--size=huge is none of large, whole and small');
  assert.equal(planFor(['--rounds=0']), '--rounds=0 is no number of rounds');
  assert.match(String(planFor(['--peers=barman'])), /^--peers: there is no barman; there are: sidekick, /);
});

describe('what was found', () => {
  const results = new Results();
  const add = (key: Partial<Key>, sample: Partial<Sample>) =>
    results.add(
      { setting: 's3', job: 'first', peer: 'sidekick', ...key },
      { seconds: 1, cpu: 2, anonymous: 2 ** 20, resident: 2 ** 21, stored: 5e6, ...sample },
    );
  for (const seconds of [9, 2, 1]) add({}, { seconds });
  add({ peer: 'pg_dump-zstd' }, { seconds: 1.8 });
  add({ peer: 'pg_dump-gzip' }, { seconds: 5 });
  add({ job: 'restore', setting: 's3-age' }, { stored: Number.NaN });
  add({ job: 'restore', setting: 's3-age', peer: 'pg_dump-zstd' }, { stored: Number.NaN });
  add({ job: 'drill', peer: 'sidekick-default' }, { stored: Number.NaN });

  test('one table has the medians of each job in each setting, beside those of the sidecar', () => {
    const subject = {
      corpus: { bytes: 5e8, sqlBytes: 3e8 },
      size: { accounts: 1000, documents: 100, history: 10 },
      major: 18,
    } as const;
    assert.equal(
      report(results, subject, settings, peers),
      `
a database of 500.0 MB, 300.0 MB as SQL, with 1,110 rows in 3 tables

                                                   s  MB/s  CPU s  anonymous MiB  RSS MiB  stored MB  time ×
----------------------------------------------  ----  ----  -----  -------------  -------  ---------  ------
dump to S3
  sidekick/backup                               2.00   150   2.00            1.0      2.0        5.0    1.0×
  pg_dump -Fc -Z zstd:3 | rclone rcat           1.80   167   2.00            1.0      2.0        5.0    0.9×
  pg_dump | gzip | rclone rcat                  5.00    60   2.00            1.0      2.0        5.0    2.5×
restore from S3, encrypted to an age recipient
  sidekick/backup                               1.00   300   2.00            1.0      2.0          -    1.0×
  rclone cat | age -d | pg_restore              1.00   300   2.00            1.0      2.0          -    1.0×
drill from S3
  sidekick/backup, checked                      1.00   300   2.00            1.0      2.0          -       -`,
    );
  });

  test('goals are looked at where both sides were measured', () => {
    assert.deepEqual(
      findingsOf(results, goals).map(({ title, found, reached }) => [title, found, reached]),
      [
        ['a dump to S3: the speed of pg_dump -Fc -Z zstd:3 | rclone rcat', 0.9, false],
        ['a dump to S3: the speed of pg_dump | gzip | rclone rcat', 2.5, true],
      ],
    );
  });

  test('every goal names what is measured', () => {
    for (const { title, of, beside } of goals)
      for (const { peer: name, setting, job } of [of, beside]) {
        const peer = peers.find((each) => each.name === name);
        assert.ok(peer?.settings.includes(setting) && peer.jobs[job] !== undefined, title);
      }
  });
});

test('the database is the same for the same seed, row after row', needs('linux', 'postgresql'), async (t) => {
  const programs = findPrograms(undefined);
  assert.ok(programs?.major === 18);
  const stage = new Stage();
  t.after(() => stage.clear());
  const server = await Server.start(stage, programs.bin);
  try {
    const size = { accounts: 2000, documents: 100, history: 1000 };
    for (const [name, seed] of Object.entries({ one: 0.42, two: 0.42, other: 0.43 })) await makeCorpus(server, name, size, seed);
    // pg_dump puts a random word around what it writes
    const hash = (name: string) => server.shell(`pg_dump ${name} | grep -Ev '^.(un)?restrict ' | sha256sum`);
    assert.equal(await hash('two'), await hash('one'));
    assert.notEqual(await hash('other'), await hash('one'));
    assert.equal(await fingerprint(server, 'two'), await fingerprint(server, 'one'));
    assert.notEqual(await fingerprint(server, 'other'), await fingerprint(server, 'one'));
    const rows = await server.sql('one', 'select count(*), count(distinct body) from documents', 'select count(*) from history');
    assert.equal(rows, '100|100\n1000');
    await assert.rejects(server.sql('one', 'select 1', 'select nothing'), /column "nothing" does not exist/);
  } finally {
    server.end();
  }
});

describe('npm run bench -- backup-postgres', () => {
  test('every peer does every job in a folder', needs('linux', 'postgresql'), (t) => {
    const folder = openFolder(t);
    const { status, stdout, stderr } = run(folder, '--json', '--settings=plain');
    assert.equal(stderr, '');
    assert.equal(status, 0);
    const { samples, machine, corpus } = JSON.parse(stdout);
    assert.deepEqual(Object.keys(samples).toSorted(), keysOf('plain').toSorted());
    assert.match(machine.versions.postgresql, /^18\./);
    assert.ok(corpus.sqlBytes > 1e6 && corpus.bytes > corpus.sqlBytes, stdout);
    const stored = (peer: string) => samples[`plain/first/${peer}`][0].stored;
    const ratio = stored('sidekick') / stored('pg_dump-zstd');
    assert.ok(ratio > 0.95 && ratio < 1.05, `${ratio}: it stores the same dump, and some facts about it`);
    assert.deepEqual(readdirSync(folder), []);
    assert.deepEqual(processesIn(folder), []);
  });

  test('to S3, plain and encrypted, of an older release', needs('linux', 'postgresql', 'age', 'ceph'), (t) => {
    const words = ['--json', '--settings=s3,s3-age', '--major=15', '--peers=sidekick,pg_dump-zstd'];
    const { status, stdout, stderr } = run(openFolder(t), ...words);
    assert.equal(stderr, '');
    assert.equal(status, 0);
    const { samples, machine, goals: found } = JSON.parse(stdout);
    assert.match(machine.versions.postgresql, /^15\./);
    const names = keysOf('s3', 's3-age').filter((key) => /\/(sidekick|pg_dump-zstd)$/.test(key));
    assert.deepEqual(Object.keys(samples).toSorted(), names.toSorted());
    assert.equal(found.length, 1);
    assert.ok(samples['s3/first/pg_dump-zstd'][0].stored > 100_000, stdout);
  });

  test('does not take for restored what is not what was saved', needs('linux', 'postgresql'), (t) => {
    const folder = openFolder(t);
    tool(folder, 'gunzip', '/bin/gzip -dc | sed s/refund/rebate/');
    const { status, stderr } = run(folder, '--settings=plain', '--peers=pg_dump-gzip');
    assert.match(stderr, /^sidekick bench: pg_dump-gzip failed at plain, restore: what was restored is not what was saved:\n/);
    assert.equal(status, 1);
  });

  test('interrupted, it leaves no process and no file behind', needs('linux', 'postgresql'), async (t) => {
    const folder = openFolder(t);
    tool(folder, 'gzip', '[ "$1" = --version ] || { touch "$0.began"; sleep 60; }');
    const words = [script, 'backup-postgres', '--quick', '--settings=plain', '--peers=pg_dump-gzip'];
    const bench = spawn(process.execPath, words, { env: environment(folder), stdio: 'ignore' });
    const { pid = 0 } = bench;
    t.after(() => {
      for (const one of treeOf(pid)) process.kill(one, 'SIGKILL');
    });
    await until('it measures', () => bench.exitCode !== null || existsSync(join(folder, 'gzip.began')));
    const started = treeOf(pid);
    assert.ok(started.length > 8, 'the server runs, and the pipeline');
    bench.kill('SIGTERM');
    const [code] = await once(bench, 'exit');
    assert.equal(code, 143);
    assert.deepEqual(readdirSync(folder), ['gzip', 'gzip.began']);
    await until('its processes have ended', () => started.every((one) => !existsSync(`/proc/${one}`)));
  });
});

/** What is measured of all peers in some settings. */
function keysOf(...names: readonly string[]): string[] {
  return peers.flatMap((peer) =>
    peer.settings
      .filter((setting) => names.includes(setting))
      .flatMap((setting) => Object.keys(peer.jobs).map((job) => `${setting}/${job}/${peer.name}`)),
  );
}

/** A folder that also the user of the server may go through. */
function openFolder(t: TestContext): string {
  const folder = temporaryFolder(t);
  chmodSync(folder, 0o755);
  return folder;
}

/** Puts a program into a folder of PATH. */
function tool(folder: string, name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
}

function environment(folder: string): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}`, TMPDIR: folder };
}

function run(folder: string, ...words: readonly string[]) {
  const all = [script, 'backup-postgres', '--quick', ...words];
  return spawnSync(process.execPath, all, { env: environment(folder), encoding: 'utf8' });
}

/** The command lines that have a folder in them, of processes that run. */
function processesIn(folder: string): string[] {
  const lines = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        return '';
      }
    });
  return lines.filter((line) => line.includes(folder));
}
