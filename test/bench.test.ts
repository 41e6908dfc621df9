import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import { writeCorpus } from '../bench/logs/corpus.ts';

const script = fileURLToPath(new URL('../scripts/bench.ts', import.meta.url));

describe('npm run bench', () => {
  test('says what there is', () => {
    const { status, stdout } = spawnSync(process.execPath, [script, '--help'], { encoding: 'utf8' });
    assert.equal(status, 0);
    assert.match(stdout, /^ambassador: .*\n[\s\S]*--quick[\s\S]*^backup: .*\n[\s\S]*--quick[\s\S]*^logs: .*\n[\s\S]*--quick/m);
  });

  for (const [words, message] of [
    [['nope'], /there is no bench nope; there are: ambassador, backup, logs/],
    [['logs', '--size=many'], /--size=many is no number of megabytes/],
    [['logs', '--rounds=0'], /--rounds=0 is no number of rounds/],
    [['logs', '--slow'], /Unknown option '--slow'/],
    [['ambassador', '--only=bulk,bulky'], /--only: there is no job bulky; there are: bulk, /],
    [['ambassador', '--peers=envoy'], /--peers: there is no peer envoy; there are: splice, net, haproxy, /],
    [['ambassador', '--rounds=0.5'], /--rounds=0.5 is no number of rounds/],
    [['ambassador', '--seconds=long'], /--seconds=long is no number of seconds/],
    [['backup', '--corpora=small,huge'], /--corpora: there is no huge; there are: small, big/],
    [['backup', '--settings=gpg'], /--settings: there is no gpg; there are: plain, age, s3, s3-age/],
    [['backup', '--peers=rsync'], /--peers: there is no rsync; there are: sidekick, sidekick-verified, tar-zstd, /],
    [['backup', '--rounds=-1'], /--rounds=-1 is no number of rounds/],
    [['ambassador', '--source=disk'], /--source=disk is neither send nor sendfile/],
  ] as const)
    test(`${words.join(' ')}: a message, and 64`, () => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...words], { encoding: 'utf8' });
      assert.equal(status, 64);
      assert.match(stderr, message);
      assert.equal(stdout, '');
    });

  test('interrupted, it leaves no process and no file behind', needs('linux'), async (t) => {
    const folder = temporaryFolder(t);
    const env = { ...process.env, TMPDIR: folder };
    const bench = spawn(process.execPath, [script, 'logs', '--size=50'], { env, stdio: 'ignore' });
    t.after(() => bench.kill('SIGKILL'));
    const { pid } = bench;
    const children = () => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    // the sink, and a shipper at work
    await until('it ships', () => bench.exitCode !== null || (shipping(folder) && children().length === 2));
    const started = children();
    assert.equal(started.length, 2, 'it was interrupted in mid-flow');
    bench.kill('SIGTERM');
    const [code] = await once(bench, 'exit');
    assert.equal(code, 143);
    assert.deepEqual(readdirSync(folder), []);
    await until('its children have ended', () => started.every((child) => !existsSync(`/proc/${child}`)));
  });
});

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
});

function shipping(folder: string): boolean {
  return readdirSync(folder).some((stage) => existsSync(join(folder, stage, 'ship-sidekick-logs-1', 'positions.json')));
}
