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

const script = fileURLToPath(new URL('../scripts/bench.ts', import.meta.url));

describe('npm run bench', () => {
  test('says what there is', () => {
    const { status, stdout } = spawnSync(process.execPath, [script, '--help'], { encoding: 'utf8' });
    assert.equal(status, 0);
    const each = ['ambassador', 'backup', 'capture', 'logs', 'netprobe'].map((name) => `^${name}: .*\\n[\\s\\S]*--quick`);
    assert.match(stdout, new RegExp(each.join('[\\s\\S]*'), 'm'));
  });

  for (const [words, message] of [
    [['nope'], /there is no bench nope; there are: ambassador, backup, backup-postgres, capture, logs, netprobe/],
    [['logs', '--size=many'], /--size=many is no number of megabytes/],
    [['logs', '--rounds=0'], /--rounds=0 is no number of rounds/],
    [['logs', '--slow'], /Unknown option '--slow'/],
    [
      ['logs', '--only=loki,lokis'],
      /--only: there is no lokis; there are: ndjson, gzip, zstd, loki, docker, multiline, steady, /,
    ],
    [['ambassador', '--only=bulk,bulky'], /--only: there is no job bulky; there are: bulk, /],
    [['ambassador', '--peers=envoy'], /--peers: there is no peer envoy; there are: splice, net, haproxy, /],
    [['ambassador', '--rounds=0.5'], /--rounds=0.5 is no number of rounds/],
    [['ambassador', '--seconds=long'], /--seconds=long is no number of seconds/],
    [['backup', '--corpora=small,huge'], /--corpora: there is no huge; there are: small, big/],
    [['backup', '--settings=gpg'], /--settings: there is no gpg; there are: plain, age, s3, s3-age/],
    [['backup', '--peers=rsync'], /--peers: there is no rsync; there are: sidekick, sidekick-verified, tar-zstd, /],
    [['backup', '--rounds=-1'], /--rounds=-1 is no number of rounds/],
    [['capture', '--only=write,read'], /--only: there is no read; there are: write, live, text, filter, flows/],
    [['capture', '--peers=tshark'], /--peers: there is no tshark; there are: tcpdump/],
    [['capture', '--rounds=0'], /--rounds=0 is no number of rounds/],
    [['capture', '--rate=fast'], /--rate=fast is no number of packets a second/],
    [['capture', '--sizes=100,9000'], /--sizes=100,9000 are no sizes of frames: 60 to 2048 bytes/],
    [['netprobe', '--only=scan,scans'], /--only: there is no scans; there are: scan, scrape, text, self, ends/],
    [['netprobe', '--peers=nstat'], /--peers: there is no nstat; there are: ss, node_exporter/],
    [['netprobe', '--rounds=two'], /--rounds=two is no number of rounds/],
    [['netprobe', '--seconds=0'], /--seconds=0 is no number of seconds/],
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

function shipping(folder: string): boolean {
  return readdirSync(folder).some((stage) => existsSync(join(folder, stage, 'ship-ndjson-sidekick-logs-1', 'positions.json')));
}
