import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, type TestContext, test } from 'node:test';
import { dockerOutput } from '#harness/docker.ts';
import type { Exposition } from '#harness/exposition.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import { bakeForTests } from './baked.ts';
import { openPort, type Probe, ProbedStreet, stalledPort, type Visit } from './probed.ts';

const here = needs('docker');
const stalled = { port: String(stalledPort) };

describe('sidekick/netprobe beside an application in Docker', { concurrency: true }, () => {
  before(bakeForTests);

  test('as long as it runs', here, async (t) => {
    const street = await ProbedStreet.move(t);
    const [application] = await Promise.all([street.application(), street.application(street.named('web2'))]);

    for (const user of ['65532', '12345:54321'])
      await t.test(`listeners, peers and interfaces are measured as user ${user}`, async (t) => {
        const checks = [`tcp://web2:${openPort}`, 'dns://web2', 'icmp://gateway'];
        const settings = ['--env', `NETPROBE_CHECKS=${checks}`, '--env', 'NETPROBE_CHECK_INTERVAL=300ms'];
        const probe = await street.probe(t, application, ['--user', user, ...settings]);
        await probe.container.untilHealthy();
        const visit = await street.visit('web1', 50, 12_345);
        assert.deepEqual([visit.sent, visit.received], [50 * 12_345, 2 * 50 * 12_345]);
        await untilCounted(probe, [visit], 50);
        const metrics = await probe.metrics();
        assert.deepEqual(trafficOf(metrics, visit), { received: visit.sent, sent: visit.received });

        const listener = (name: string) => metrics.sum(`sidekick_netprobe_tcp_listener_${name}`, stalled);
        assert.deepEqual([listener('queue_length'), listener('queue_limit')], [3, 2]);
        assert.ok(listener('drops_total') >= 9, `${listener('drops_total')} drops, and nine found no room`);
        const carried = metrics.sum('node_network_receive_bytes_total', { device: 'eth0' });
        assert.ok(carried > visit.sent, `eth0 received ${carried} bytes`);

        const { listeners, peers, source, checks: made } = await probe.status();
        assert.deepEqual([source.sockets, source.events, source.missing], ['netlink', true, []]);
        assert.deepEqual(
          made.map(({ check, ok }) => [check, ok]),
          checks.map((check) => [check, true]),
        );
        // neither where the probe is asked, nor whom it asks; Docker's name server is somebody else's
        assert.deepEqual(
          listeners.map(({ address }) => address).filter((address) => !address.startsWith('127.0.0.11:')),
          [`0.0.0.0:${openPort}`, `0.0.0.0:${stalledPort}`],
        );
        assert.deepEqual([...new Set(peers.map(({ direction, peer, port }) => `${direction} ${peer} ${port}`))].sort(), [
          `in 127.0.0.1 ${stalledPort}`,
          `in ${visit.address} ${openPort}`,
          `out 127.0.0.1 ${stalledPort}`,
        ]);
        assert.equal((await probe.container.stop(2)).code, 0);
      });

    await t.test('an interface is added and removed', async (t) => {
      const [probe, another] = await Promise.all([street.probe(t, application), street.world.network()]);
      await probe.container.untilHealthy();
      const has = async (device: string) =>
        (await probe.status()).namespace.interfaces.some(({ name, up }) => name === device && up);
      const counted = async (device: string) =>
        (await probe.get('/metrics')).includes(`\nnode_network_receive_bytes_total{device="${device}"}`);
      assert.deepEqual([await counted('eth0'), await counted('eth1')], [true, false]);
      await dockerOutput('network', 'connect', another, application.id);
      await until('it is there', () => has('eth1'));
      assert.equal(await counted('eth1'), true);
      await dockerOutput('network', 'disconnect', another, application.id);
      await until('it is gone', async () => !(await has('eth1')));
      await until('it has no series any more', async () => !(await counted('eth1')));
      const metrics = await probe.metrics();
      for (const change of ['added', 'removed'])
        assert.equal(metrics.sum('sidekick_netprobe_link_changes_total', { change, device: 'eth1' }), 1, change);
      assert.equal(metrics.sum('sidekick_netprobe_netns_orphaned'), 0);
    });

    await t.test('where netlink is forbidden it reads /proc, and says what that does not tell', async (t) => {
      const without = withoutNetlink(t);
      const probe = await street.probe(t, application, without);
      await probe.container.untilHealthy();
      await until('it has read', async () => (await probe.status()).sockets.read !== null);
      const { source, listeners } = await probe.status();
      assert.deepEqual([source.sockets, source.events], ['proc', false]);
      assert.match(source.reason ?? '', /EPERM/);
      assert.ok(source.missing.includes('limits and drops of listeners'), source.missing.join());
      assert.equal(listeners.find(({ address }) => address.endsWith(`:${stalledPort}`))?.drops, null);
      const metrics = await probe.metrics();
      assert.equal(metrics.sum('sidekick_netprobe_source_info', { source: 'proc' }), 1);
      assert.equal(metrics.sum('sidekick_netprobe_tcp_listener_queue_length', stalled), 3);
      assert.equal((await probe.container.stop(2)).code, 0);

      const demanded = await street.ask(application, [], [...without, '--env', 'NETPROBE_SOURCE=netlink']);
      assert.equal(demanded.code, 77);
      assert.match(demanded.stdout, /allow socket\(AF_NETLINK\) in the seccomp profile, or set NETPROBE_SOURCE=auto/);
      const listed = await street.ask(application, ['ss', '-tlnH'], without);
      assert.match(listed.stdout, new RegExp(`^LISTEN +3 .*0\\.0\\.0\\.0:${stalledPort} `, 'm'));
      assert.equal(listed.code, 0);
    });

    await t.test('twenty thousand sockets are counted in 64 MiB', async (t) => {
      const half = 10_000;
      const busy = await street.application(street.named('busy'), half);
      const probe = await street.probe(t, busy);
      await probe.container.untilHealthy();
      await until('all are counted', async () => ((await probe.status()).sockets.states.ESTAB ?? 0) >= 2 * half);
      const metrics = await probe.metrics();
      for (const direction of ['in', 'out']) {
        const own = { direction, peer: '127.0.0.1', port: String(openPort) };
        assert.equal(metrics.sum('sidekick_netprobe_tcp_peer_connections', own), half);
      }
      const { Status, OOMKilled, Health } = (await probe.container.inspect()).State;
      assert.deepEqual([Status, OOMKilled, Health?.Status], ['running', false, 'healthy']);
      assert.equal((await probe.container.stop(2)).code, 0);
      await busy.kill();
    });
  });

  test('the owner of the namespace restarts', here, async (t) => {
    const street = await ProbedStreet.move(t);

    await t.test('it stays and is unhealthy, or ends where it was told to', async (t) => {
      const application = await street.application();
      const probe = await street.probe(t, application, ['--restart', 'always']);
      const impatient = await street.probe(t, application, [
        ...['--env', 'NETPROBE_EXIT_ON_ORPHAN=1s', '--env', 'NETPROBE_ADMIN=127.0.0.1:9805'],
      ]);
      // which has nobody to tell it
      const blind = await street.probe(t, application, [...withoutNetlink(t), '--env', 'NETPROBE_ADMIN=127.0.0.1:9806']);
      await Promise.all([probe, impatient, blind].map(({ container }) => container.untilHealthy()));
      const starts = await probe.starts();
      await application.restart();
      assert.equal(await impatient.container.wait(), 1);
      assert.match((await impatient.container.logs()).stdout, /ended, as its owner is gone/);
      await Promise.all([probe.untilUnhealthy(), blind.untilUnhealthy()]);
      assert.match(await probe.getWithin('/metrics'), /^sidekick_netprobe_netns_orphaned 1$/m);
      assert.match(await probe.getWithin('/livez'), /the namespace is orphaned: its owner is gone/);
      assert.equal(await probe.starts(), starts);
      assert.equal((await probe.container.inspect()).State.Status, 'running');
      // which is what it says is to be done
      await probe.container.restart();
      await probe.container.untilHealthy();
      assert.equal((await probe.metrics()).sum('sidekick_netprobe_netns_orphaned'), 0);
    });

    await t.test('nothing of that where a container that does nothing owns it', async (t) => {
      const owner = await street.pause('paused');
      const application = await street.application(['--net', `container:${owner.id}`]);
      const probe = await street.probe(t, owner);
      await probe.container.untilHealthy();
      const visits = [await street.visit('paused', 5, 1000)];
      await untilCounted(probe, visits, 5);
      await application.restart();
      await until('it listens again', async () => (await application.logs()).stdout.split('listening').length === 3);
      visits.push(await street.visit('paused', 5, 2000));
      await untilCounted(probe, visits, 10);
      const metrics = await probe.metrics();
      const received = [...new Set(visits.map(({ address }) => address))].map(
        (address) => trafficOf(metrics, { address }).received,
      );
      assert.equal(
        received.reduce((sum, bytes) => sum + bytes),
        5 * 1000 + 5 * 2000,
      );
      assert.equal(metrics.sum('sidekick_netprobe_netns_orphaned'), 0);
      assert.equal((await probe.container.inspect()).State.Health?.Status, 'healthy');
    });
  });
});

/** Waits until the ends of so many connections of visitors are counted. */
function untilCounted(probe: Probe, visits: readonly Visit[], count: number): Promise<void> {
  const addresses = new Set(visits.map(({ address }) => address));
  return until('all are counted', async () => {
    const peers = (await probe.status()).peers.filter(({ peer, port }) => addresses.has(peer) && port === openPort);
    return peers.reduce((sum, { closed }) => sum + closed, 0) >= count;
  });
}

/** Bytes that were counted of a visitor. */
function trafficOf(metrics: Exposition, { address }: Pick<Visit, 'address'>) {
  const visitor = { direction: 'in', peer: address, port: String(openPort) };
  const bytes = (way: string) => metrics.sum(`sidekick_netprobe_tcp_peer_${way}_bytes_total`, visitor);
  return { received: bytes('received'), sent: bytes('sent') };
}

/** Flags for a seccomp profile that refuses netlink sockets, and nothing else. */
function withoutNetlink(t: TestContext): string[] {
  const profile = join(temporaryFolder(t), 'no-netlink.json');
  // AF_NETLINK, and EPERM
  const refused = {
    names: ['socket'],
    args: [{ index: 0, value: 16, op: 'SCMP_CMP_EQ' }],
    action: 'SCMP_ACT_ERRNO',
    errnoRet: 1,
  };
  writeFileSync(profile, JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [refused] }));
  return ['--security-opt', `seccomp=${profile}`];
}
