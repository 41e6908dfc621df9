import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { DnsNamespace } from '#harness/dns.ts';
import { needs } from '#harness/needs.ts';
import type { Outcome } from '../../../../sidecars/netprobe/checks/outcome.ts';

const program = fileURLToPath(new URL('./programs/check-once.ts', import.meta.url));
const everybody = 'echo "0 2147483647" > /proc/sys/net/ipv4/ping_group_range';
/** A link of which the other end is up and answers nothing, and behind which everything is. */
const blackHole = [
  'ip link set lo up',
  'ip link add near type veth peer name far',
  'ip addr add 10.99.99.1/24 dev near',
  'ip addr add fd00:99::1/64 dev near nodad',
  'ip link set near up',
  'ip link set far up',
  'ip neigh add 10.99.99.254 lladdr 02:00:00:00:00:fe dev near',
  'ip route add default via 10.99.99.254',
];

/** Makes checks in a network namespace of its own that a script has set up. */
function checkIn(script: readonly string[], timeout: number, ...urls: readonly string[]): Outcome[] {
  const lines = ['set -e', ...script, 'exec "$@"'].join('\n');
  const args = ['--net', 'sh', '-c', lines, 'sh', process.execPath, program, String(timeout), ...urls];
  const { stdout, stderr, status } = spawnSync('unshare', args, { encoding: 'utf8', timeout: 60_000 });
  assert.equal(status, 0, stderr);
  return outcomesIn(stdout);
}

function outcomesIn(stdout: string): Outcome[] {
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** What was found, by the URL. */
function details(outcomes: readonly Outcome[]): Record<string, [boolean, string]> {
  return Object.fromEntries(outcomes.map(({ check, ok, detail }) => [check, [ok, detail]]));
}

describe('in a namespace from which nothing comes back', needs('linux', 'root'), () => {
  test('checks end in their time', () => {
    const outcomes = checkIn(
      [...blackHole, everybody],
      400,
      'tcp://192.0.2.1:80',
      'icmp://192.0.2.1',
      'tcp://gateway:80',
      'icmp://gateway',
    );
    assert.deepEqual(details(outcomes), {
      'tcp://192.0.2.1:80': [false, 'timeout: no connection within 400 ms'],
      'icmp://192.0.2.1': [false, 'timeout: no answer within 400 ms'],
      'tcp://gateway:80': [false, 'timeout: no connection within 400 ms'],
      'icmp://gateway': [false, 'timeout: no answer within 400 ms'],
    });
    for (const { seconds } of outcomes) assert.ok(seconds >= 0.399 && seconds < 10, `${seconds}`);
  });

  test('a neighbour that is not on its link is told of', () => {
    const outcomes = checkIn([...blackHole, everybody], 20_000, 'tcp://10.99.99.7:80', 'icmp://10.99.99.7');
    const words = 'no route to the host, or it does not answer on its link (EHOSTUNREACH): 10.99.99.7';
    assert.deepEqual(details(outcomes), { 'tcp://10.99.99.7:80': [false, words], 'icmp://10.99.99.7': [false, words] });
  });

  test('a ping answered by this host is well, by IPv4, IPv6 and name', () => {
    const urls = ['icmp://127.0.0.1', 'icmp://[::1]', 'icmp://localhost', 'icmp://10.99.99.1'];
    for (const { check, ok, detail, phases } of checkIn([...blackHole, everybody], 10_000, ...urls)) {
      assert.ok(ok, `${check}: ${detail}`);
      assert.match(detail, /^reply from (127\.0\.0\.1|::1|10\.99\.99\.1)$/);
      assert.deepEqual(Object.keys(phases), ['resolve', 'process']);
    }
  });

  test('a ping that is not allowed names the sysctl', () => {
    const [outcome] = checkIn(['ip link set lo up'], 5000, 'icmp://127.0.0.1');
    assert.equal(outcome?.ok, false);
    assert.match(String(outcome?.detail), /set the sysctl net\.ipv4\.ping_group_range to "0 2147483647" \(EACCES\)/);
  });

  test('there may be no way at all', () => {
    const outcomes = checkIn(
      ['ip link set lo up', everybody],
      5000,
      'tcp://192.0.2.1:80',
      'icmp://[2001:db8::1]',
      'icmp://gateway',
    );
    assert.deepEqual(details(outcomes), {
      'tcp://192.0.2.1:80': [false, 'no route to its network (ENETUNREACH): 192.0.2.1'],
      'icmp://[2001:db8::1]': [false, 'no route to its network (ENETUNREACH): 2001:db8::1'],
      'icmp://gateway': [false, 'this namespace has no default route, and so no gateway'],
    });
  });
});

describe('names are looked up as the application has them', needs('linux', 'root'), () => {
  const zone = {
    'web.one.test': { a: ['127.0.0.1'] },
    both: { a: ['127.0.0.9'], aaaa: ['fd00::9'] },
    gone: { fails: 'NXDOMAIN' },
    broken: { fails: 'SERVFAIL' },
    'broken.one.test': { fails: 'SERVFAIL' },
    quiet: { fails: 'silent' },
    'quiet.one.test': { fails: 'silent' },
    six: { aaaa: ['::1'] },
    listed: { a: ['127.0.0.77'] },
    // of the two the first never answers
    two: { a: ['192.0.2.1', '127.0.0.4'] },
  } as const;
  const options = { zone, resolvConf: 'search one.test', hosts: '127.0.0.3 listed' };

  async function checkBeside(namespace: DnsNamespace, timeout: number, ...urls: readonly string[]): Promise<Outcome[]> {
    const lines = [...blackHole, everybody, 'exec "$@"'].join('; ');
    const child = namespace.spawn('sh', ['-c', lines, 'sh', process.execPath, program, String(timeout), ...urls], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    assert.ok(child.stdout);
    return outcomesIn(await text(child.stdout));
  }

  test('by the hosts file first, by the search list, by both versions of IP', async (t) => {
    const namespace = await DnsNamespace.open(t, options);
    const outcomes = await checkBeside(
      namespace,
      10_000,
      'icmp://web',
      'icmp://both',
      'icmp://six',
      'icmp://listed',
      'dns://web',
      'dns://listed',
      'dns://six?type=AAAA',
    );
    assert.deepEqual(details(outcomes), {
      'icmp://web': [true, 'reply from 127.0.0.1'],
      // of the two addresses one leads nowhere
      'icmp://both': [true, 'reply from 127.0.0.9'],
      'icmp://six': [true, 'reply from ::1'],
      'icmp://listed': [true, 'reply from 127.0.0.3'],
      'dns://web': [true, '127.0.0.1 as web.one.test'],
      'dns://listed': [true, '127.0.0.77'],
      'dns://six?type=AAAA': [true, '::1'],
    });
    assert.equal((await namespace.queries())['listed.one.test a'], 1);
  });

  test('and an address that is silent has its share of the time, and no more', async (t) => {
    const namespace = await DnsNamespace.open(t, options);
    const [outcome] = await checkBeside(namespace, 3000, 'icmp://two');
    assert.deepEqual([outcome?.ok, outcome?.detail], [true, 'reply from 127.0.0.4']);
    assert.ok((outcome?.seconds ?? 0) > 1.3 && (outcome?.phases.process ?? 9) < 1.3, JSON.stringify(outcome));
  });

  test('and what is wrong with them is told', async (t) => {
    const namespace = await DnsNamespace.open(t, options);
    const outcomes = await checkBeside(
      namespace,
      1500,
      'tcp://gone:80',
      'tcp://broken:80',
      'tcp://quiet:80',
      'dns://gone',
      'dns://quiet',
    );
    const found = details(outcomes);
    assert.deepEqual(found['tcp://gone:80'], [false, 'gone: NXDOMAIN: there is no such name']);
    assert.deepEqual(found['tcp://broken:80'], [false, 'broken: SERVFAIL: the name server failed']);
    assert.match(String(found['tcp://quiet:80']), /no name server answers \(timeout\)|timeout: no answer of a name server/);
    assert.deepEqual(found['dns://gone'], [false, 'NXDOMAIN: there is no such name']);
    assert.match(String(found['dns://quiet']), /timeout: no answer/);
    assert.deepEqual(
      outcomes.map(({ phases }) => Object.keys(phases)),
      [[], [], [], ['process'], []],
    );
  });
});
