import assert from 'node:assert/strict';
import { before, describe, type TestContext, test } from 'node:test';
import type { Container } from '#harness/docker.ts';
import { needs } from '#harness/needs.ts';
import { bakeForTests } from './baked.ts';
import { applicationUser, openPort, ProbedStreet, stalledPort } from './probed.ts';

const here = needs('docker');

describe('questions to sidekick/netprobe beside an application in Docker', () => {
  before(bakeForTests);

  test('about its network, with no right at all', here, async (t) => {
    const { street, application } = await begin(t);
    const ask = (...words: readonly string[]) => street.ask(application, words);

    await t.test('ss -tln: listeners with their queues and drops', async () => {
      const { code, stdout } = await ask('ss', '-tln');
      assert.equal(code, 0);
      const [titles, ...lines] = stdout.trim().split('\n');
      assert.match(titles ?? '', /^State +Recv-Q +Send-Q +Drops +Local Address:Port +Peer Address:Port/);
      const rows = lines.map((line) => line.split(/ +/));
      const rowOf = (port: number) => rows.find(([, , , , local]) => local === `0.0.0.0:${port}`) ?? [];
      assert.deepEqual(rowOf(openPort).slice(0, 4), ['LISTEN', '0', '4096', '0']);
      assert.deepEqual(rowOf(stalledPort).slice(0, 3), ['LISTEN', '3', '2']);
      assert.ok(Number(rowOf(stalledPort)[3]) >= 9, stdout);
    });

    await t.test('ss -tan: its connections', async () => {
      const { code, stdout } = await ask('ss', '-tan', '--json', 'dport', '=', `:${stalledPort}`);
      assert.equal(code, 0);
      const states = JSON.parse(stdout).map(({ state }: { state: string }) => state);
      assert.deepEqual(states.sort(), [...Array(3).fill('ESTAB'), ...Array(9).fill('SYN-SENT')]);
    });

    await t.test('ip: its interface, with the address that others find', async () => {
      const [{ address }, { code, stdout }] = await Promise.all([street.visit('web1', 1, 1), ask('ip', 'addr')]);
      assert.equal(code, 0);
      assert.match(stdout, new RegExp(`eth0[^]* ${address.replace(/\d+$/, '')}\\d+/\\d+`));
      assert.equal((await ask('ip', 'addr', 'show', 'dev', 'eth7')).code, 1);
    });

    await t.test('netstat: the counters of its namespace', async () => {
      const { code, stdout } = await ask('netstat', '--json', 'TcpExtListenOverflows');
      assert.equal(code, 0);
      assert.ok(JSON.parse(stdout).TcpExtListenOverflows >= 9, stdout);
      assert.equal((await ask('netstat', 'TcpNothing')).code, 1);
    });

    await t.test('dns: another container of the network, and none', async () => {
      const [known, unknown] = await Promise.all([ask('dns', 'web2', 'A'), ask('dns', 'nobody.invalid')]);
      assert.equal(known.code, 0, known.stderr);
      assert.match(known.stdout, /^127\.0\.0\.11(:53)? +web2 +A .* \d+\.\d+\.\d+\.\d+$/m);
      assert.match(known.stdout, /^getaddrinfo +\d+\.\d+\.\d+\.\d+/m);
      assert.equal(unknown.code, 1);
      assert.match(unknown.stderr, /nobody has an answer for nobody\.invalid/);
    });

    await t.test('check: what is well, and what is not', async () => {
      const well = [`tcp://web2:${openPort}`, 'icmp://gateway', 'dns://web1'];
      const [good, bad] = await Promise.all([ask('check', ...well), ask('check', ...well, 'tcp://web2:1')]);
      assert.equal(good.code, 0, good.stdout + good.stderr);
      assert.deepEqual(
        good.stdout.split('\n').flatMap((line) => /^ok +(\S+)/.exec(line)?.[1] ?? []),
        well,
      );
      assert.equal(bad.code, 1);
      assert.match(bad.stdout, /^FAIL +tcp:\/\/web2:1 .*ECONNREFUSED|^FAIL +tcp:\/\/web2:1 .*refused/m);
    });
  });

  test('about its processes', here, async (t) => {
    const { street, application } = await begin(t);
    const shared = ['--pid', `container:${application.id}`];
    const same = [...shared, '--user', applicationUser];
    // one after the other: while a container begins, others see a process of root in the namespace that they share
    const ask = (words: readonly string[], flags: readonly string[]) => street.ask(application, words, flags);

    await t.test('as its user: all is told', async () => {
      const ps = await ask(['ps', '--json', '1'], same);
      const files = await ask(['files', '--json', '1'], same);
      const owners = await ask(['ss', '-tlpH'], same);
      assert.deepEqual([ps.code, files.code, owners.code], [0, 0, 0]);
      assert.deepEqual([ps.stderr, files.stderr], ['', '']);
      const [{ uid, command, tcpListeners, openFiles }] = JSON.parse(ps.stdout);
      assert.deepEqual([uid, command, tcpListeners], [1000, ['node', '/web.cjs', '0'], 2]);
      const found: { fd: number; target: string; state?: string; local?: string }[] = JSON.parse(files.stdout);
      assert.equal(found.length, openFiles);
      assert.deepEqual(
        found
          .filter(({ state }) => state === 'LISTEN')
          .map(({ local }) => local)
          .sort(),
        [`0.0.0.0:${openPort}`, `0.0.0.0:${stalledPort}`],
      );
      assert.ok(
        found.some(({ target }) => target === '/web.cjs'),
        files.stdout,
      );
      assert.match(owners.stdout, new RegExp(`0\\.0\\.0\\.0:${openPort} .*users:\\(\\("[^"]+",pid=1,fd=\\d+\\)\\)`));
    });

    await t.test('as another user: one line says which flag gives the rest', async () => {
      const flag = new RegExp(`start this container with --user ${applicationUser}`);
      const ps = await ask(['ps', '1'], shared);
      const files = await ask(['files', '1'], shared);
      const owners = await ask(['ss', '-tlpH'], shared);
      assert.equal(ps.code, 0);
      assert.match(ps.stdout, /^ +1 +1000 .* - +- .* node \/web\.cjs 0$/m);
      assert.equal(ps.stderr.trim().split('\n').length, 1);
      assert.match(ps.stderr, flag);
      assert.deepEqual([files.code, files.stdout], [77, '']);
      assert.match(files.stderr, flag);
      assert.equal(owners.code, 0);
      assert.doesNotMatch(owners.stdout, /users:/);
      assert.match(owners.stderr, flag);
    });

    await t.test('as root with the capabilities that it names', async () => {
      const root = [...shared, '--user', '0', '--cap-add', 'SYS_PTRACE', '--cap-add', 'DAC_READ_SEARCH'];
      const { code, stdout, stderr } = await ask(['files', '1'], root);
      assert.equal(code, 0, stderr);
      assert.match(stdout, new RegExp(`LISTEN +0\\.0\\.0\\.0:${openPort}$`, 'm'));
    });

    await t.test('without a shared pid namespace', async () => {
      for (const words of ['ps', 'files 1']) {
        const { code, stdout, stderr } = await ask(words.split(' '), ['--user', applicationUser]);
        assert.deepEqual([code, stdout], [77, ''], words);
        assert.match(stderr, /start this container with --pid container:NAME/);
      }
    });
  });
});

/** A street where web1 and web2 listen. */
async function begin(t: TestContext): Promise<{ street: ProbedStreet; application: Container }> {
  const street = await ProbedStreet.move(t);
  const [application] = await Promise.all([street.application(), street.application(street.named('web2'))]);
  return { street, application };
}
