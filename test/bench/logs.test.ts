import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { seeded } from '#harness/random.ts';
import { goalTable } from '../../bench/findings.ts';
import { writeCorpus, writeDockerCorpus } from '../../bench/logs/corpus.ts';
import { findings } from '../../bench/logs/goals.ts';
import { type Plan, planFor } from '../../bench/logs/plan.ts';
import { report } from '../../bench/logs/report.ts';
import { Results } from '../../bench/logs/results.ts';
import { recordsIn } from '../../bench/logs/sink/records.ts';
import { RequestReader } from '../../bench/logs/sink/request.ts';

const script = fileURLToPath(new URL('../../scripts/bench.ts', import.meta.url));

function whole(): Plan {
  const plan = planFor([]);
  assert.ok(typeof plan === 'object');
  return plan;
}

test('the corpus of a bench is the same for the same seed, and holds as many lines as it says', (t) => {
  const folder = temporaryFolder(t);
  const [first, second, other] = [7, 7, 8].map((seed, index) => writeCorpus(join(folder, `${index}.log`), 300_000, seed));
  assert.ok(first && second && other);
  const text = readFileSync(first.path, 'utf8');
  assert.equal(readFileSync(second.path, 'utf8'), text);
  assert.notEqual(readFileSync(other.path, 'utf8'), text);
  const lines = text.split('\n');
  assert.equal(lines.pop(), '');
  assert.deepEqual([first.lines, first.bytes], [lines.length, Buffer.byteLength(text)]);
  assert.ok(first.bytes >= 300_000);
  const json = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  const access = lines.filter((line) => line.startsWith('10.'));
  const traces = lines.filter((line) => line.includes('IllegalStateException'));
  const records = json.length + access.length + traces.length;
  for (const [kind, share] of [
    [access, 0.59],
    [json, 0.4],
    [traces, 0.01],
  ] as const)
    assert.ok(Math.abs(kind.length / records - share) < 0.05, `${kind.length} of ${records} for ${share}`);
  assert.ok(traces.length > 0);
  assert.equal(first.records, records);

  const docker = writeDockerCorpus(join(folder, 'docker.log'), first);
  const entries = readFileSync(docker.path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal(entries.map(({ log }) => log).join(''), text);
  assert.deepEqual([docker.lines, docker.bytes], [first.lines, statSync(docker.path).size]);
});

test('a plan has everything but what is left out, in its own order', () => {
  const plan = whole();
  assert.deepEqual(plan.only, ['ndjson', 'gzip', 'zstd', 'loki', 'docker', 'multiline', 'steady', 'idle', 'down']);
  assert.deepEqual([plan.size, plan.rounds, plan.steady.rates, plan.idle.files], [500e6, 3, [2000, 30_000], [1, 10_000]]);
  const quick = planFor(['--quick', '--rounds=9', '--only=idle,gzip']);
  assert.ok(typeof quick === 'object');
  assert.deepEqual([quick.rounds, quick.only, quick.idle.files], [1, ['gzip', 'idle'], [1, 50]]);
});

test('the sink reads requests however they are cut', (t) => {
  const random = seeded(t);
  const stream = Buffer.concat([
    Buffer.from('POST /a HTTP/1.1\r\ncontent-length: 12\r\n\r\nfirst\r\n\r\nend'),
    Buffer.from('HEAD / HTTP/1.1\r\nHost: sink\r\n\r\n'),
    Buffer.from(
      'POST /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nsecon\r\nA;x=y\r\nd\r\n\r\nthird\r\n0\r\nTrailer: 1\r\n\r\n',
    ),
    Buffer.from('POST /c HTTP/1.1\r\nContent-Length:0\r\n\r\n'),
  ]);
  for (let round = 0; round < 200; round += 1) {
    const requests: string[][] = [];
    const reader = new RequestReader({
      head: (head) => void requests.push([head.split('\r\n')[0] ?? '', '']),
      body: (part) => void (requests.at(-1) as string[]).splice(1, 1, `${requests.at(-1)?.[1]}${part}`),
      end: () => void requests.at(-1)?.push('end'),
    });
    for (let at = 0; at < stream.length; ) {
      const next = at + 1 + random.below(round === 0 ? 1 : 40);
      reader.read(stream.subarray(at, next));
      at = next;
    }
    assert.deepEqual(requests, [
      ['POST /a HTTP/1.1', 'first\r\n\r\nend', 'end'],
      ['HEAD / HTTP/1.1', '', 'end'],
      ['POST /b HTTP/1.1', 'second\r\n\r\nthird', 'end'],
      ['POST /c HTTP/1.1', '', 'end'],
    ]);
  }
});

test('the sink counts the records of a body in each form', () => {
  const lines = Buffer.from('{"a":1}\n{"b":"[\\"1"}\n');
  const loki = {
    streams: [
      {
        stream: { a: '["1' },
        values: [
          ['1700000000000000000', 'x'],
          ['1700000000000000001', '["1 in it ['],
        ],
      },
    ],
  };
  const half = (bytes: Buffer) => [bytes.subarray(0, 5), bytes.subarray(5)];
  assert.equal(recordsIn({ head: 'content-type: application/x-ndjson', parts: half(lines) }), 2);
  assert.equal(
    recordsIn({ head: 'Content-Encoding: gzip\r\ncontent-type: application/x-ndjson', parts: half(gzipSync(lines)) }),
    2,
  );
  assert.equal(recordsIn({ head: 'content-encoding: zstd', parts: half(zstdCompressSync(lines)) }), 2);
  assert.equal(recordsIn({ head: 'content-type: application/json', parts: half(Buffer.from(JSON.stringify(loki))) }), 2);
});

test('goals stand on medians, and on what was measured alone', () => {
  const results = new Results();
  assert.deepEqual(findings(results, whole()), []);
  assert.equal(report(results, whole()), '');
  const speeds = (job: string, who: string, ...values: number[]) => {
    for (const megabytesPerSecond of values) results.add(job, who, { megabytesPerSecond, cpuPerGigabyte: 2 });
  };
  speeds('ndjson', 'sidekick/logs', 500, 1, 600);
  assert.deepEqual(
    findings(results, whole()).map(({ found }) => found),
    [2],
  );
  speeds('ndjson', 'readline + fetch', 50);
  speeds('loki', 'sidekick/logs', 200);
  results.add('idle-10000', 'sidekick/logs', { cpuPercent: 3.96, dirtyMebibytes: 41, descriptors: 99 });
  const found = findings(results, whole());
  assert.deepEqual(
    found.map(({ found: value, reached }) => [value, reached]),
    [
      [10, true],
      [0.4, false],
      [2, true],
      [3.96, true],
      [41, false],
      [99, true],
    ],
  );
  assert.match(goalTable('sidekick/logs', found), /^10,000 idle files: private dirty +≤ 40 MiB +41\.0 MiB +NO$/m);
  const text = report(results, whole());
  assert.match(text, /^ {2}readline \+ fetch +50 .* 10\.0× +1\.0×$/m);
  assert.doesNotMatch(text, /grows|sink goes away/);
});

test('a quick run of what takes least', needs('linux'), () => {
  const words = [script, 'logs', '--quick', '--only=loki,idle', '--json'];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  const { samples, goals, failures } = JSON.parse(stdout);
  assert.deepEqual(failures, []);
  assert.equal(samples['loki/sidekick/logs/linesPerSecond'].length, 1);
  assert.equal(samples['idle-50/sidekick/logs/descriptors'].length, 1);
  assert.equal(goals.length, 4);
});
