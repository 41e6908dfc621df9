import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { hardened } from '#harness/docker.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { complaintsOf } from '#harness/tshark.ts';
import { until } from '#harness/until.ts';
import { bakeForTests, testImage } from './baked.ts';
import { capturing, packetsIn, startCapture, startTcpdump } from './captures.ts';
import { openPort, ProbedStreet } from './probed.ts';

const here = needs('linux', 'root', 'docker', 'tcpdump', 'tshark');
const filter = `tcp port ${openPort}`;

describe('sidekick/netprobe captures beside an application in Docker', { concurrency: true }, () => {
  before(bakeForTests);

  test('what tcpdump sees, packet for packet', here, async (t) => {
    const street = await ProbedStreet.move(t);
    const application = await street.application();
    const folder = temporaryFolder(t);
    const [theirs, hundred, all] = ['tcpdump.pcap', 'hundred.pcapng', 'all.pcapng'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    const tcpdump = await startTcpdump(t, application, filter, theirs);
    const some = startCapture(t, application, ['-c', '100', '-w', '-', filter], hundred);
    const whole = startCapture(t, application, ['-w', '-', filter], all);
    await Promise.all([some, whole].map((capture) => capture.says('capturing')));
    await street.visit('web1', 20, 12_345);

    assert.equal((await some.ended).code, 0);
    assert.equal((await whole.stop()).code, 0);
    const captured = packetsIn(all).sort();
    assert.ok(captured.length > 100, `${captured.length} packets`);
    await until('tcpdump has written as many', () => packetsIn(theirs).length >= captured.length);
    await tcpdump.stop('SIGINT');
    // sorted: two processors may hand packets to one socket in this order, and to another in that
    assert.deepEqual(captured, packetsIn(theirs).sort());
    const first = packetsIn(hundred);
    assert.equal(first.length, 100);
    const left = new Set(captured);
    for (const packet of first) assert.ok(left.has(packet), packet);
    for (const file of [hundred, all]) assert.equal(complaintsOf(file), '', file);

    await t.test('and reads it back without any right', async () => {
      chmodSync(folder, 0o755);
      const flags = [...hardened, '--volume', `${folder}:/captures:ro`];
      const read = await street.ask(application, ['capture', '-r', '/captures/hundred.pcapng', '--json'], flags);
      assert.equal(read.code, 0, read.stderr);
      assert.equal(read.stdout.trim().split('\n').length, 100);
    });
  });

  test('and says in one line which flags are to be added, where it may not', here, async (t) => {
    const street = await ProbedStreet.move(t);
    const application = await street.application();
    const wishes = [
      { flags: [], words: [] },
      { flags: ['--user', '0'], words: ['-w', '-'] },
      { flags: ['--cap-add', 'NET_RAW'], words: ['-w', '/tmp/web1.pcapng'] },
      { flags: ['--cap-add', 'NET_RAW', '--user', '12345'], words: ['--flows'] },
    ];
    for (const { flags, words } of wishes) {
      const { code, stdout, stderr } = await street.ask(application, ['capture', ...words, filter], flags);
      const what = `${flags.join(' ')} capture ${words.join(' ')}: ${stdout}${stderr}`;
      assert.deepEqual([code, stdout, stderr.trim().split('\n').length], [77, '', 1], what);
      assert.match(stderr, /add --cap-add NET_RAW --user 0 to docker run/, what);
    }
    // and the rest goes on as if nothing were
    const listed = await street.ask(application, ['ss', '-tln']);
    assert.equal(listed.code, 0, listed.stderr);
    assert.match(listed.stdout, new RegExp(`:${openPort} `));
    const shown = await street.ask(application, ['capture', '-D']);
    assert.equal(shown.code, 0, shown.stderr);
    assert.match(shown.stdout, /\beth0\b/);
    const wrong = await street.ask(application, ['capture', 'tcp prot 80']);
    assert.equal(wrong.code, 64);
  });

  test('while the owner of the namespace restarts', here, async (t) => {
    const street = await ProbedStreet.move(t);
    const application = await street.application();
    const folder = temporaryFolder(t);
    const [one, all] = [join(folder, 'one.pcapng'), join(folder, 'all.pcapng')];
    const named = startCapture(t, application, ['-i', 'eth0', '-w', '-', filter], one);
    const whole = startCapture(t, application, ['-w', '-', filter], all);
    const impatient = startCapture(t, application, ['--exit-on-orphan=1s', '-w', '-', filter], join(folder, 'impatient.pcapng'));
    await Promise.all([named, whole, impatient].map((capture) => capture.says('capturing')));
    await street.visit('web1', 5, 1000);
    await application.restart();

    await t.test('a capture of one interface ends, and says why', async () => {
      await until('it ended', () => named.child.exitCode !== null);
      const { code, stderr } = await named.ended;
      assert.equal(code, 1, stderr);
      assert.match(stderr, /eth0 was deleted: what was captured until then is written/);
    });
    await t.test('one of all of them says that it hears nothing any more, and stays until it is told to end', async () => {
      await whole.says('its owner is gone');
      assert.equal(whole.child.exitCode, null);
      const { code, stderr } = await whole.stop();
      assert.equal(code, 0, stderr);
    });
    await t.test('or ends by itself', async () => {
      await until('it ended', () => impatient.child.exitCode !== null);
      const { code, stderr } = await impatient.ended;
      assert.equal(code, 1, stderr);
      assert.match(stderr, /ended, as its owner is gone/);
      assert.deepEqual(packetsIn(join(folder, 'impatient.pcapng')).sort(), packetsIn(one).sort());
    });
    assert.ok(packetsIn(one).length >= 5 * 8, `${packetsIn(one).length} packets`);
    assert.deepEqual(packetsIn(all).sort(), packetsIn(one).sort());
    for (const file of [one, all]) assert.equal(complaintsOf(file), '', file);
  });

  test('into files in a volume, which last', here, async (t) => {
    const street = await ProbedStreet.move(t);
    const [application, volume] = await Promise.all([street.application(), street.world.volume()]);
    const flags = [...capturing, '--net', `container:${application.id}`, '--volume', `${volume}:/captures`];
    const words = ['capture', '-w', '/captures/web1.pcapng', '--rotate-size=64Ki', filter];
    const capture = await street.world.run(testImage('netprobe'), { flags, command: words });
    await until('it captures', async () => (await capture.logs()).stderr.includes('capturing'));
    await street.visit('web1', 20, 12_345);
    assert.equal((await capture.stop()).code, 0);
    const { stderr } = await capture.logs();
    const whole = [...stderr.matchAll(/"msg":"(\/captures\/web1-\d+\.pcapng) is whole"/g)].map(([, file = '']) => file);
    assert.ok(whole.length > 5, stderr);

    const read = async (file: string) => {
      const words = ['capture', '-r', file, '--json'];
      const { code, stdout, stderr } = await street.ask(application, words, ['--volume', `${volume}:/captures:ro`]);
      assert.equal(code, 0, stderr);
      return stdout.trim().split('\n').length;
    };
    const counts = await Promise.all(whole.map(read));
    const captured = /captured (\d+) packets"/.exec(stderr)?.[1];
    assert.equal(
      counts.reduce((sum, count) => sum + count),
      Number(captured),
      stderr,
    );
  });
});
