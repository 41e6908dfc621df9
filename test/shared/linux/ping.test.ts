import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { atEnd } from '#harness/at-end.ts';
import { needs } from '#harness/needs.ts';

interface Result {
  readonly address?: string;
  readonly seconds?: number;
  readonly code?: string;
  readonly message?: string;
  readonly leaked?: number;
}

const program = fileURLToPath(new URL('./programs/ping.ts', import.meta.url));
const everybody = 'echo "0 2147483647" > /proc/sys/net/ipv4/ping_group_range';
/** A link of which the other end is up and answers nothing. */
const link = [
  'ip link add near type veth peer name far',
  'ip addr add 10.99.99.1/24 dev near',
  'ip addr add fd00:99::1/64 dev near nodad',
  'ip link set near up',
  'ip link set far up',
];

/** Pings in a network namespace of its own that a script has set up. */
function pingIn(script: readonly string[], timeout: number, ...addresses: readonly string[]): Result[] {
  const lines = ['set -e', 'ip link set lo up', ...script, 'exec "$@"'].join('\n');
  const args = ['--net', 'sh', '-c', lines, 'sh', process.execPath, program, String(timeout), ...addresses];
  const { stdout, stderr, status } = spawnSync('unshare', args, { encoding: 'utf8', timeout: 60_000 });
  assert.equal(status, 0, stderr);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('ping', needs('linux', 'root'), () => {
  test('measures the loopback by IPv4 and IPv6, and leaves no descriptor', () => {
    const addresses = ['127.0.0.1', '::1', '127.0.0.1', '::1', '127.0.0.1', '::1'];
    const results = pingIn([everybody], 5000, ...addresses);
    assert.deepEqual(results.pop(), { leaked: 0 });
    assert.deepEqual(
      results.map(({ address }) => address),
      addresses,
    );
    for (const { seconds = 9, message } of results) assert.ok(seconds > 0 && seconds < 5, message ?? String(seconds));
  });

  test('measures what the way takes: a neighbour that is there only later', async (t) => {
    const apart = [
      'unshare --net sleep 60 &',
      'echo $!',
      // until it has a namespace of its own, the other end would stay here
      'while [ "$(readlink /proc/$!/ns/net)" = "$(readlink /proc/$$/ns/net)" ]; do sleep .01; done',
      'ip link set far netns $!',
    ];
    const lines = ['set -e', 'ip link set lo up', everybody, ...link.slice(0, 4), ...apart, 'exec "$@"'].join('\n');
    const args = [
      '--net',
      '--kill-child',
      'sh',
      '-c',
      lines,
      'sh',
      process.execPath,
      program,
      '20000',
      '127.0.0.1',
      '10.99.99.99',
    ];
    const child = spawn('unshare', args, { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
    // the other namespace, too
    atEnd(t, () => process.kill(-(child.pid ?? 0), 'SIGKILL'));
    const out = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const { value: other = '' } = await out.next();
    await out.next();
    await pause(700);
    const appear = 'ip addr add 10.99.99.99/24 dev far; ip link set far up';
    assert.equal(spawnSync('nsenter', ['--net', '--target', other, 'sh', '-c', appear]).status, 0);
    const { seconds = 0, message }: Result = JSON.parse((await out.next()).value ?? '');
    assert.ok(seconds > 0.3 && seconds < 20, message ?? String(seconds));
  });

  test('waits for a neighbour that does not answer until it is told to end', () => {
    const results = pingIn([everybody, ...link], 300, '10.99.99.99', 'fd00:99::99');
    for (const { message } of results.slice(0, 2)) assert.equal(message, 'The operation was aborted due to timeout');
  });

  test('hears that a neighbour is not on its link', () => {
    // the kernel asks for it three times in three seconds
    const [result] = pingIn([everybody, ...link], 20_000, '10.99.99.99');
    assert.equal(result?.code, 'EHOSTUNREACH');
  });

  test('hears that there is no way', () => {
    const [v4, v6] = pingIn([everybody], 5000, '192.0.2.1', '2001:db8::1');
    assert.deepEqual([v4?.code, v6?.code], ['ENETUNREACH', 'ENETUNREACH']);
  });

  test('is refused where the namespace lets our group send none', () => {
    const [result] = pingIn([], 5000, '127.0.0.1');
    assert.deepEqual([result?.code, result?.message], ['EACCES', 'socket icmp: EACCES']);
  });

  test('ends at once where the signal has aborted before', () => {
    const [result] = pingIn([everybody, ...link], 0, '10.99.99.99');
    assert.match(String(result?.message), /aborted/);
  });
});
