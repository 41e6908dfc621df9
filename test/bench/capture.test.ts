import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { toldCounts } from '../../bench/capture/captors.ts';
import { writeCorpus } from '../../bench/capture/corpus.ts';
import { countsOf } from '../../bench/capture/file-counts.ts';
import { floodFrame } from '../../bench/capture/flood/frames.ts';
import { findings } from '../../bench/capture/goals.ts';
import { type Plan, planFor } from '../../bench/capture/plan.ts';
import { report } from '../../bench/capture/report.ts';
import { Results } from '../../bench/capture/results.ts';
import { goalTable } from '../../bench/findings.ts';

const script = fileURLToPath(new URL('../../scripts/bench.ts', import.meta.url));

function whole(): Plan {
  const plan = planFor([]);
  assert.ok(typeof plan === 'object');
  return plan;
}

test('a plan has everything but what is left out, in its own order', () => {
  const { only, rounds, sizes, peers } = whole();
  assert.deepEqual([only, rounds, sizes, peers], [['write', 'live', 'text', 'filter', 'flows'], 3, [100, 1400], ['tcpdump']]);
  const quick = planFor(['--quick', '--rounds=9', '--only=flows,write', '--sizes=60']);
  assert.ok(typeof quick === 'object');
  assert.deepEqual([quick.rounds, quick.only, quick.sizes], [1, ['write', 'flows'], [60]]);
});

test('what one says of its counts is read', () => {
  const tcpdump = '12 packets captured\n15 packets received by filter\n3 packets dropped by kernel\n';
  assert.deepEqual(toldCounts(tcpdump), { received: 15, dropped: 3 });
  const ours = '{"level":"info","received":15,"dropped":0,"captured":15,"msg":"captured 15 packets"}';
  assert.deepEqual(toldCounts(ours), { received: 15, dropped: 0 });
  assert.deepEqual(toldCounts(''), { received: Number.NaN, dropped: Number.NaN });
});

test('the headers of a flood are valid', () => {
  const view = new DataView(floodFrame(100, 40_000).buffer);
  let sum = 0;
  for (let at = 14; at < 34; at += 2) sum += view.getUint16(at);
  assert.equal((sum & 0xffff) + (sum >>> 16), 0xffff);
  assert.deepEqual([view.getUint16(16), view.getUint16(38)], [86, 66]);
});

test(
  'the packets of the corpus are counted, and a program that is not ours has nothing to complain of',
  needs('tcpdump'),
  (t) => {
    const path = join(temporaryFolder(t), 'corpus.pcap');
    writeCorpus(path, 2500);
    assert.deepEqual(countsOf(path), { packets: 2500, received: undefined, dropped: undefined });
    const { stdout } = spawnSync('tcpdump', ['-Z', 'root', '-n', '-r', path], { encoding: 'utf8', maxBuffer: 2 ** 28 });
    assert.deepEqual(stdout.match(/^.*(bad|invalid|\[\|).*$/m), null);
    for (const kind of [/ A\? service\.h\d+\.example\.org\./, /ICMP echo request/, /who-has/, /Flags \[P\.\]/])
      assert.match(stdout, kind);
  },
);

test('goals stand on medians, but what is lost on all rounds, and on what was measured alone', () => {
  const results = new Results();
  assert.deepEqual([findings(results), report(results, whole())], [[], '']);
  const wrote = (who: string, cpuUs: number, droppedShare: number, lost: number) =>
    results.add(
      { part: 'write', setting: '1400 B, file', who },
      { ...{ perSecond: 1000, cpuUs, mostPerSecond: 2000 }, ...{ dropped: 5, droppedShare, lost, peakBytes: 80e6 } },
    );
  for (const [cpu, share, lost] of [
    [1, 0, 0],
    [3, 0.01, 2],
    [1.5, 0, 0],
  ] as const)
    wrote('sidekick', cpu, share, lost);
  assert.equal(findings(results).length, 1);
  wrote('tcpdump', 3, 0.001, 900);
  const found = findings(results);
  assert.deepEqual(
    found.map(({ found: value, reached }) => [value, reached]),
    [
      [0.5, true],
      [0, true],
      [2, false],
    ],
  );
  assert.match(
    goalTable('sidekick/netprobe', found),
    /^1400 B to a file: the processor time of tcpdump +≤ 0\.70× +0\.50× +yes$/m,
  );
  const text = report(results, whole());
  assert.match(text, /^1400 B to a file\n {2}sidekick\/netprobe +1000 +1\.50 +0\.5× +2000 +5 +0\.00 +0 +80$/m);
  assert.doesNotMatch(text, /100 B to|is shown|is read/);
});

test('a quick run', needs('linux', 'root', 'tcpdump'), () => {
  const words = [script, 'capture', '--quick', '--sizes=100', '--json'];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  const { samples, goals } = JSON.parse(stdout);
  assert.deepEqual(samples['write/100 B, file/sidekick/lost'], [0]);
  // both read the same file through the same filter
  assert.deepEqual(samples['filter//sidekick/passed'], samples['filter//tcpdump/passed']);
  for (const key of ['live//tcpdump/linesPerSecond', 'text//sidekick/cpuUs', 'flows//sidekick/perSecond'])
    assert.equal(samples[key].length, 1, key);
  assert.equal(goals.length, 3);
});
