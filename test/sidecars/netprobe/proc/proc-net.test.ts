import assert from 'node:assert/strict';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { ProcNet } from '../../../../sidecars/netprobe/proc/proc-net.ts';
import { Network } from './network.ts';
import type { All } from './programs/read-all.ts';

test('what this machine tells is read, again and again', needs('linux'), (t) => {
  const proc = new ProcNet();
  t.after(() => proc.close());
  for (let i = 0; i < 3; i += 1) {
    const names = proc.interfaces().map(({ name }) => name);
    assert.ok(names.includes('lo'));
    assert.ok((proc.counters().get('Tcp_RtoMax') ?? 0) > 0);
    assert.ok((proc.sockets().get('sockets_used') ?? 0) > 0);
    assert.ok(proc.softnet().length > 0);
    const { first, last } = proc.portRange() ?? { first: 0, last: 0 };
    assert.ok(first > 0 && first < last && last < 65_536);
    proc.conntrack();
    assert.deepEqual(
      proc.unread.filter(({ expected }) => !expected),
      [],
    );
    if (i === 1) proc.close();
  }
});

test('a counter that grows is read anew from the file that is kept open', needs('linux'), async (t) => {
  const proc = new ProcNet();
  t.after(() => proc.close());
  const sent = () => proc.counters().get('Udp_OutDatagrams') ?? 0;
  const before = sent();
  const { createSocket } = await import('node:dgram');
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.send('x', 9, '127.0.0.1', () => resolve()));
  socket.close();
  assert.ok(sent() > before);
});

test('without IPv6 and connection tracking all else is there, and it is said', (t) => {
  const root = temporaryFolder(t);
  mkdirSync(join(root, 'self/net'), { recursive: true });
  writeFileSync(join(root, 'self/net/snmp'), 'Tcp: InSegs\nTcp: 7\n');
  writeFileSync(join(root, 'self/net/netstat'), 'TcpExt: ListenDrops\nTcpExt: 3\n');
  writeFileSync(join(root, 'self/net/sockstat'), 'TCP: inuse 5\n');
  const proc = new ProcNet({ proc: root, sys: root });
  t.after(() => proc.close());
  assert.deepEqual(Object.fromEntries(proc.counters()), { TcpExt_ListenDrops: 3, Tcp_InSegs: 7 });
  assert.deepEqual(Object.fromEntries(proc.sockets()), { TCP_inuse: 5 });
  assert.equal(proc.conntrack(), undefined);
  assert.ok(proc.unread.every(({ expected }) => expected));
  assert.deepEqual(
    proc.unread.map(({ path, reason }) => `${path.slice(root.length)}: ${reason}`),
    [
      '/self/net/snmp6: no such file: IPv6 is off',
      '/self/net/sockstat6: no such file: IPv6 is off',
      '/sys/net/netfilter/nf_conntrack_count: no such file: connections are not tracked here',
      '/sys/net/netfilter/nf_conntrack_max: no such file: connections are not tracked here',
    ],
  );
  assert.deepEqual(proc.interfaces(), []);
  assert.equal(proc.portRange(), undefined);
  const odd = proc.unread.filter(({ expected }) => !expected).map(({ path }) => path.slice(root.length));
  assert.deepEqual(odd, ['/self/net/dev', '/sys/net/ipv4/ip_local_port_range']);
  writeFileSync(join(root, 'self/net/snmp6'), 'Ip6InReceives\t1\n');
  assert.equal(proc.counters().get('Ip6_InReceives'), 1, 'what comes later is found');
  assert.ok(!proc.unread.some(({ path }) => path.endsWith('snmp6')), 'and no longer told as missing');
});

test('a file that may not be read, or fails while it is read, is told by its path', (t) => {
  const root = temporaryFolder(t);
  mkdirSync(join(root, 'self/net/dev'), { recursive: true });
  const proc = new ProcNet({ proc: root, sys: root });
  assert.deepEqual(proc.interfaces(), []);
  assert.deepEqual(
    proc.unread.map(({ path, reason, expected }) => [path, reason, expected]),
    [[join(root, 'self/net/dev'), 'EISDIR: illegal operation on a directory, read', false]],
  );
});

test('interfaces of another namespace are not taken for ours', needs('linux'), (t) => {
  const root = temporaryFolder(t);
  mkdirSync(join(root, 'class/net/lo'), { recursive: true });
  mkdirSync(join(root, 'class/net/eth77'));
  writeFileSync(join(root, 'class/net/bonding_masters'), '');
  const proc = new ProcNet({ sys: root });
  t.after(() => proc.close());
  assert.equal(proc.links(['lo']).size, 0);
  assert.match(proc.unread[0]?.reason ?? '', /shows other interfaces than \/proc\/self\/net\/dev/);
  writeFileSync(join(root, 'class/net/lo/uevent'), 'INTERFACE=lo\nIFINDEX=1\n');
  writeFileSync(join(root, 'class/net/lo/mtu'), '65536\n');
  rmSync(join(root, 'class/net/eth77'), { recursive: true });
  const [link] = proc.links(['lo']).values();
  assert.deepEqual(Object.fromEntries(link?.numbers ?? []), { ifindex: 1, mtu: 65_536 });
  assert.deepEqual(proc.unread, []);
});

test('interfaces that change places are told apart', (t) => {
  const root = temporaryFolder(t);
  const device = (index: number, name: string, mtu: number) => {
    mkdirSync(join(root, `devices/${index}`), { recursive: true });
    writeFileSync(join(root, `devices/${index}/uevent`), `INTERFACE=${name}\nIFINDEX=${index}\n`);
    writeFileSync(join(root, `devices/${index}/mtu`), `${mtu}\n`);
    mkdirSync(join(root, 'class/net'), { recursive: true });
    rmSync(join(root, `class/net/${name}`), { force: true });
    symlinkSync(`../../devices/${index}`, join(root, `class/net/${name}`));
  };
  const proc = new ProcNet({ sys: root });
  t.after(() => proc.close());
  const mtus = () => Object.fromEntries([...proc.links(['a', 'b'])].map(([name, { numbers }]) => [name, numbers.get('mtu')]));
  device(1, 'a', 1500);
  device(2, 'b', 9000);
  assert.deepEqual(mtus(), { a: 1500, b: 9000 });
  device(1, 'b', 1500);
  device(2, 'a', 9000);
  assert.deepEqual(mtus(), { a: 9000, b: 1500 });
});

test('an interface that comes, is named anew and goes is followed', needs('linux', 'root'), (t) => {
  const network = new Network(t, { ipv6: true });
  const links = () => Object.keys(network.tell<All>('programs/read-all.ts').links);
  network.ip('link', 'add', 'one', 'mtu', '1400', 'type', 'veth', 'peer', 'name', 'two');
  const { links: found, interfaces, unread } = network.tell<All>('programs/read-all.ts');
  assert.equal(found.one?.mtu, 1400);
  assert.equal(found.one?.carrier, undefined, 'the kernel does not tell it while the interface is down');
  assert.deepEqual(Object.keys(interfaces).sort(), ['lo', 'one', 'two']);
  assert.deepEqual(
    unread.filter(({ expected }) => !expected),
    [],
  );
  network.ip('link', 'set', 'one', 'name', 'three');
  assert.deepEqual(links().sort(), ['lo', 'three', 'two']);
  network.ip('link', 'delete', 'two');
  assert.deepEqual(links(), ['lo']);
});

test('bytes are those that were sent, frame by frame', needs('linux', 'root'), (t) => {
  const [ours, theirs] = [new Network(t, { ipv6: false }), new Network(t, { ipv6: false })];
  ours.ip('link', 'add', 'wire', 'address', '02:00:00:00:00:01', 'type', 'veth');
  const other = /veth\d+/.exec(ours.ip('-o', 'link', 'show', 'type', 'veth'))?.[0] ?? '';
  ours.ip('link', 'set', other, 'netns', theirs.name, 'name', 'wire', 'address', '02:00:00:00:00:02');
  for (const [network, host] of [
    [ours, 1],
    [theirs, 2],
  ] as const) {
    network.ip('address', 'add', `10.99.0.${host}/24`, 'dev', 'wire');
    network.ip('link', 'set', 'wire', 'up');
    // nobody has to ask who has which address: there are no frames but ours
    network.ip(
      'neighbour',
      'add',
      `10.99.0.${3 - host}`,
      'lladdr',
      `02:00:00:00:00:0${3 - host}`,
      'dev',
      'wire',
      'nud',
      'permanent',
    );
  }
  const read = (network: Network) => network.tell<All>('programs/read-all.ts');
  const [before, beforeThere] = [read(ours), read(theirs)];
  const [count, size] = [100, 1000];
  ours.tell('programs/send-datagrams.ts', '10.99.0.2', '9', String(count), String(size));
  const [after, afterThere] = [read(ours), read(theirs)];
  const grown = (name: string, from: All, to: All) => (to.interfaces.wire?.[name] ?? 0) - (from.interfaces.wire?.[name] ?? 0);
  const frames = count * (14 + 20 + 8 + size);
  assert.equal(grown('transmit_bytes', before, after), frames);
  assert.equal(grown('transmit_packets', before, after), count);
  assert.equal(grown('receive_bytes', beforeThere, afterThere), frames);
  assert.equal(grown('receive_packets', beforeThere, afterThere), count);
  const counted = (name: string, from: All, to: All) => (to.counters[name] ?? 0) - (from.counters[name] ?? 0);
  assert.equal(counted('Udp_OutDatagrams', before, after), count);
  assert.equal(counted('IpExt_OutOctets', before, after), count * (20 + 8 + size));
  assert.equal(counted('Udp_NoPorts', beforeThere, afterThere), count, 'nobody listens there');
});

test('counters equal those of nstat', needs('linux', 'root', 'nstat'), (t) => {
  const network = new Network(t, { ipv6: true });
  network.tell('programs/send-datagrams.ts', '127.0.0.1', '9', '25', '10');
  const { counters } = network.tell<All>('programs/read-all.ts');
  const { kernel } = JSON.parse(network.run('nstat', '-azsj')) as { kernel: Record<string, number> };
  const ours = Object.fromEntries(Object.entries(counters).map(([name, value]) => [name.replace('_', ''), value]));
  assert.equal(kernel.UdpNoPorts, 25);
  for (const [name, value] of Object.entries(kernel)) assert.equal(ours[name], value, name);
});
