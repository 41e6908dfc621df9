import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { needs } from '#harness/needs.ts';
import { conntrackStat } from '../../../../sidecars/netprobe/proc/conntrack-stat.ts';
import { listedCounters, pairedCounters, sockstatCounters } from '../../../../sidecars/netprobe/proc/counters.ts';
import { interfaceCounters } from '../../../../sidecars/netprobe/proc/interfaces.ts';
import { pageSize } from '../../../../sidecars/netprobe/proc/page-size.ts';
import { softnetCpus } from '../../../../sidecars/netprobe/proc/softnet.ts';
import { unixSockets } from '../../../../sidecars/netprobe/proc/unix-sockets.ts';
import { unread } from '../../../../sidecars/netprobe/proc/unread.ts';

test('pairs of lines go by name, whatever the order and however many there are', () => {
  const text = [
    'Ip: Forwarding DefaultTTL InReceives',
    'Ip: 1 64 18446744073709551615',
    'Tcp: MaxConn RetransSegs Missing',
    'Tcp: -1 7',
    'Alone: A B',
    'Udp: InDatagrams',
    'Udp: 3 4 5',
    'no pair at all',
    '',
  ].join('\n');
  assert.deepEqual(Object.fromEntries(pairedCounters(text)), {
    Ip_Forwarding: 1,
    Ip_DefaultTTL: 64,
    Ip_InReceives: 2 ** 64,
    Tcp_MaxConn: -1,
    Tcp_RetransSegs: 7,
    Udp_InDatagrams: 3,
  });
});

test('a name that has no number, or no number yet, has no entry', () => {
  assert.deepEqual([...pairedCounters('Tcp: A B C\nTcp: 1 x ')], [['Tcp_A', 1]]);
  assert.deepEqual([...pairedCounters('Tcp: A B C')], []);
  assert.deepEqual([...pairedCounters('')], []);
});

test('the counters of IPv6 look like the others', () => {
  const text =
    'Ip6InReceives                   \t41\nIcmp6OutType133                 \t6\nUdpLite6MemErrors\t0\nIp6\t\nnonsense\n';
  assert.deepEqual(Object.fromEntries(listedCounters(text)), {
    Ip6_InReceives: 41,
    Icmp6_OutType133: 6,
    UdpLite6_MemErrors: 0,
  });
});

test('numbers of sockets go by protocol', () => {
  const text = 'sockets: used 123\nTCP: inuse 42 orphan 1 tw 164 alloc 43 mem 59\nFRAG: inuse 0 memory 0\nRAW: inuse\n';
  assert.deepEqual(Object.fromEntries(sockstatCounters(text)), {
    sockets_used: 123,
    TCP_inuse: 42,
    TCP_orphan: 1,
    TCP_tw: 164,
    TCP_alloc: 43,
    TCP_mem: 59,
    FRAG_inuse: 0,
    FRAG_memory: 0,
  });
});

test('the columns of interfaces go by their names', () => {
  const text = [
    'Inter-|   Receive                |  Transmit',
    ' face |packets bytes    errs |bytes    packets',
    '    lo:       1 587113894   0 12 3',
    'veth0@x:18446744073709551615 2 0 4',
    'half',
    '',
  ].join('\n');
  const [lo, veth, ...rest] = interfaceCounters(text);
  assert.equal(lo?.name, 'lo');
  assert.deepEqual(Object.fromEntries(lo?.counters ?? []), {
    receive_packets: 1,
    receive_bytes: 587113894,
    receive_errs: 0,
    transmit_bytes: 12,
    transmit_packets: 3,
  });
  assert.equal(veth?.name, 'veth0@x');
  assert.equal(veth?.counters.get('receive_packets'), 2 ** 64);
  assert.equal(veth?.counters.has('transmit_packets'), false, 'the row ends before that column');
  assert.deepEqual(rest, []);
});

test('processors are told apart by kernels of each age', () => {
  const [old] = softnetCpus('000000ff 00000001 00000002 00000000 00000000 00000000 00000000 00000000 00000003\n');
  assert.deepEqual(old, {
    cpu: 0,
    processed: 255,
    dropped: 1,
    squeezed: 2,
    collisions: 3,
    receivedRps: undefined,
    flowLimited: undefined,
    backlog: undefined,
  });
  const line = (cpu: string) =>
    `00042f27 00000000 00000001 00000000 00000000 00000000 00000000 00000000 00000000 00000004 00000005 00000006 ${cpu} 00000000 00000000`;
  const [first, second, ...rest] = softnetCpus(`${line('00000000')}\n${line('0000000a')}\nxyz 1 2\n`);
  assert.equal(first?.cpu, 0);
  assert.deepEqual([second?.cpu, second?.receivedRps, second?.flowLimited, second?.backlog], [10, 4, 5, 6], 'others are offline');
  assert.deepEqual(rest, []);
});

test('counters of connection tracking are the sums over the processors', () => {
  const text = 'entries  clashres found drop\n00000109  00000000 00000001 0000000f\n00000109  00000000 00000002 00000001\n';
  assert.deepEqual(Object.fromEntries(conntrackStat(text)), { clashres: 0, found: 3, drop: 16 });
});

test('the size of a page is found among what the kernel gave to the process', () => {
  const words = (...all: bigint[]) => Buffer.from(new BigUint64Array(all).buffer).toString('latin1');
  assert.equal(pageSize(words(33n, 7n, 6n, 16_384n, 0n, 0n)), 16_384);
  assert.equal(pageSize(words(7n, 6n)), undefined, 'a value is no kind');
  assert.equal(pageSize(`${words(6n, 4096n)}half`), 4096);
  assert.equal(pageSize(''), undefined);
});

test('unix sockets have their type, state and name', () => {
  const text = [
    'Num       RefCount Protocol Flags    Type St Inode Path',
    '0000000077954f4b: 00000002 00000000 00010000 0001 01 71942 /run/with a blank',
    '000000007bf8ab55: 00000002 00000000 00000000 0002 01  5292',
    'e23810a8: 00000003 00000000 00000000 0005 03 70955 @abstract',
    '0000000040de5f46: 00000003 00000000 00000000 0001 02     0 /run/not accepted',
    'a name with a line break goes on here',
    '',
  ].join('\n');
  assert.deepEqual(unixSockets(text), [
    { type: 'u_str', state: 'LISTEN', inode: 71942, path: '/run/with a blank' },
    { type: 'u_dgr', state: 'UNCONN', inode: 5292, path: '' },
    { type: 'u_seq', state: 'ESTAB', inode: 70955, path: '@abstract' },
    { type: 'u_str', state: 'SYN-SENT', inode: 0, path: '/run/not accepted' },
  ]);
});

test('what is refused is told as that, and not as missing', () => {
  const refused = unread('/proc/self/net/tcp', Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' }));
  assert.match(refused.reason, /^EACCES: a security profile/);
  assert.equal(refused.expected, false);
  assert.deepEqual(unread('/proc/self/net/tcp', 'odd'), { path: '/proc/self/net/tcp', reason: 'odd', expected: false });
});

test('nothing of what this kernel tells is left out', needs('linux'), () => {
  const text = (name: string) => readFileSync(`/proc/self/net/${name}`, 'utf8');
  const pairs = text('netstat')
    .split('\n')
    .filter((_, i) => i % 2 === 0);
  const names = pairs.flatMap((line) => line.split(' ').slice(1));
  assert.equal(pairedCounters(text('netstat')).size, names.length);
  assert.equal(interfaceCounters(text('dev')).length, text('dev').trim().split('\n').length - 2);
  for (const { name, counters } of interfaceCounters(text('dev'))) assert.equal(counters.size, 16, name);
  assert.equal(softnetCpus(text('softnet_stat')).length, text('softnet_stat').trim().split('\n').length);
  assert.ok(sockstatCounters(text('sockstat')).has('TCP_inuse'));
  const page = pageSize(readFileSync('/proc/self/auxv', 'latin1'));
  assert.ok(page !== undefined && page >= 4096 && Number.isInteger(Math.log2(page)), `${page}`);
});
