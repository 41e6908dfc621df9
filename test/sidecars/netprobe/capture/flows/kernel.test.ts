// What is counted of a connection that loses packets is what the kernel that sends it counts itself, to the byte.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '#harness/folder.ts';
import { NetworkNamespace, said } from '#harness/namespace.ts';
import { needs } from '#harness/needs.ts';
import { runSidecar } from '#harness/process.ts';
import { until } from '#harness/until.ts';

const here = needs('linux', 'root', 'ss', 'tbf');

test('retransmits of a connection over a slow router are those of the kernel, live and from the file', here, async (t) => {
  const [client, router, server] = [new NetworkNamespace(t), new NetworkNamespace(t), new NetworkNamespace(t)];
  client.connect('eth0', router, 'near');
  router.connect('far', server, 'eth0');
  for (const [namespace, name, address] of [
    [client, 'eth0', '10.1.0.1'],
    [router, 'near', '10.1.0.2'],
    [router, 'far', '10.2.0.2'],
    [server, 'eth0', '10.2.0.1'],
  ] as const)
    namespace.ip('address', 'add', `${address}/24`, 'dev', name);
  client.ip('route', 'add', '10.2.0.0/24', 'via', '10.1.0.2');
  server.ip('route', 'add', '10.1.0.0/24', 'via', '10.2.0.2');
  router.run('sysctl', '-qw', 'net.ipv4.ip_forward=1');
  // behind the router, so that all that is sent is seen
  router.run('tc', ...'qdisc add dev far root tbf rate 60mbit burst 32kb limit 64kb'.split(' '));

  const program = new URL('./programs/send.ts', import.meta.url);
  const receiving = server.program(program, 'listen', '10.2.0.1');
  const port = await said(receiving, 'listening ');
  const file = join(temporaryFolder(t), 'flows.pcapng');
  const env = { NETPROBE_ADMIN: 'off' };
  const words = ['capture', '-i', 'eth0', '--flows', '--json', '--every', '200ms', '-w', file, '--print', 'tcp'];
  const capture = client.sidecar('netprobe', env, words);
  await capture.says('capturing at');
  const bytes = 4_000_000;
  const sending = client.program(program, 'connect', '10.2.0.1', port, String(bytes));
  await said(receiving, 'received ');
  let socket = '';
  await until('all is acknowledged', () => {
    socket = client.run('ss', '-tinH', 'dst', '10.2.0.1');
    return socket.includes(`bytes_acked:${bytes + 1} `);
  });
  const { code, stdout, stderr } = await capture.stop();
  assert.equal(code, 0, stderr);
  sending.child.stdin?.end();
  receiving.child.stdin?.end();

  const looks = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const last = looks.at(-1);
  assert.ok(looks.length > 1 && looks.slice(0, -1).every(({ end }) => end === undefined));
  assert.deepEqual([last.end, last.count, last.dropped], [true, 1, 0]);
  const [row] = last.conversations;
  const { state, connections, fromClient, fromServer, serverRttSeconds, clientRttSeconds } = row;
  assert.deepEqual([state, connections, row.server], ['open', 1, { address: '10.2.0.1', port: Number(port) }]);
  const again = Number(/bytes_retrans:(\d+)/.exec(socket)?.[1] ?? 0);
  assert.ok(again > 0, 'the router dropped something');
  assert.deepEqual([fromClient.retransmittedBytes, fromClient.outOfOrder, fromServer.retransmits], [again, 0, 0]);
  assert.ok(fromClient.retransmits > 0 && fromClient.bytes > bytes + again);
  assert.ok(serverRttSeconds > 0 && clientRttSeconds > 0);

  // the same packets, from the file
  const read = await runSidecar(t, 'netprobe', env, ['capture', '-r', file, '--flows', '--json']);
  assert.equal(read.code, 0, read.stderr);
  assert.deepEqual(JSON.parse(read.stdout).conversations, last.conversations);
  const table = await runSidecar(t, 'netprobe', env, ['capture', '-r', file, '--flows']);
  assert.match(table.stdout, /^1 conversation {2}[^\n]*\nconversation [^\n]*\ntcp 10\.1\.0\.1:\d+ > 10\.2\.0\.1:\d+ .* open /);
});
