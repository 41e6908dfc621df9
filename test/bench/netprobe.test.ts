import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { needs } from '#harness/needs.ts';
import { goalTable } from '../../bench/findings.ts';
import { findings } from '../../bench/netprobe/goals.ts';
import { type Plan, planFor } from '../../bench/netprobe/plan.ts';
import { report } from '../../bench/netprobe/report.ts';
import { Results } from '../../bench/netprobe/results.ts';
import { peersOf } from '../../bench/netprobe/scan/ss.ts';

const script = fileURLToPath(new URL('../../scripts/bench.ts', import.meta.url));

function whole(): Plan {
  const plan = planFor([]);
  assert.ok(typeof plan === 'object');
  return plan;
}

test('a plan has everything but what is left out, in its own order', () => {
  const plan = whole();
  assert.deepEqual(plan.only, ['scan', 'scrape', 'text', 'self', 'ends']);
  assert.deepEqual([plan.rounds, plan.sizes, plan.most, plan.peers], [3, [10_000, 50_000], 100_000, ['ss', 'node_exporter']]);
  const quick = planFor(['--quick', '--rounds=9', '--only=ends,scan', '--peers=node_exporter']);
  assert.ok(typeof quick === 'object');
  assert.deepEqual([quick.rounds, quick.sizes, quick.only, quick.peers], [1, [1000], ['scan', 'ends'], ['node_exporter']]);
});

test('what ss says is counted by peer', () => {
  // as ss of iproute2 6.1 writes them
  const output = `ESTAB 0 0 127.0.0.1:7200 127.0.1.9:44932 cubic wscale:7,7 rto:204 rtt:0.5/0.25 mss:65483 bytes_sent:12 bytes_retrans:5 bytes_acked:7 bytes_received:3 retrans:0/2 minrtt:0.1
ESTAB 0 10 127.0.0.1:7200 127.0.1.9:44934 cubic rto:204 rtt:1.5/0.25 bytes_sent:1 bytes_acked:1
CLOSE-WAIT 1 0 [::1]:80 [2001:db8::1]:5000 cubic rto:204 bytes_received:9

`;
  assert.deepEqual(Object.fromEntries(peersOf(output)), {
    '127.0.1.9': { connections: 2, sent: 13, received: 3, retransmits: 2, rtt: 2 },
    '[2001:db8::1]': { connections: 1, sent: 0, received: 9, retransmits: 0, rtt: 0 },
  });
});

test('goals stand on medians, and on what was measured alone', () => {
  const results = new Results();
  assert.deepEqual(findings(results, whole()), []);
  assert.equal(report(results, whole()), '');
  const scan = (who: string, ...times: number[]) => {
    for (const wallMs of times) results.add({ part: 'scan', sockets: 50_000, who }, { wallMs, cpuMs: wallMs * 2 });
  };
  scan('netlink', 40, 50, 1000);
  assert.deepEqual(findings(results, whole()), []);
  scan('ss-parse', 390, 1, 395);
  results.add({ part: 'scrape', sockets: 0, who: 'sidekick+reading' }, { wallMs: 4, cpuMs: 6 });
  results.add({ part: 'scrape', sockets: 0, who: 'sidekick' }, { wallMs: 2, cpuMs: 2 });
  results.add({ part: 'scrape', sockets: 0, who: 'tcpstat' }, { wallMs: 5, cpuMs: 5 });
  results.add({ part: 'self', sockets: 0, who: 'sidekick' }, { layerBytes: 80_000, idleBytes: 16_000_001 });
  const found = findings(results, whole());
  assert.deepEqual(
    found.map(({ found: value, reached }) => [value, reached]),
    [
      [390 / 50, false],
      [6 / 5, false],
      [16.000001, false],
      [80, true],
    ],
  );
  assert.match(goalTable('sidekick/netprobe', found), /^layer of the image, gzipped +≤ 80 KB +80\.0 KB +yes$/m);
  const text = report(results, whole());
  assert.match(text, /^ {2}sidekick, asked by netlink, counted by peer +50\.0 +1\.0× +100\.0 +1\.0×$/m);
  assert.match(text, /^ {4}the scrape alone +2\.0 +2\.0 +0\.40$/m);
  assert.doesNotMatch(text, /10,000 sockets|ends of connections/);
});

test('a quick run of what takes least', needs('linux', 'root'), () => {
  const words = [script, 'netprobe', '--quick', '--only=scan', '--peers=ss', '--json'];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  const { samples, goals } = JSON.parse(stdout);
  assert.equal(samples['scan/1000/netlink/wallMs'].length, 1);
  assert.equal(samples['scan/1000/proc/cpuMs'].length, 1);
  assert.equal(goals.length, 'scan/1000/ss-parse/wallMs' in samples ? 1 : 0);
});
