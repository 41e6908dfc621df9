import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { NetworkNamespace, said } from '#harness/namespace.ts';
import { needs } from '#harness/needs.ts';
import { seeded } from '#harness/random.ts';
import { type KernelProgramOptions, kernelProgram } from '../../../../../sidecars/netprobe/capture/bpf/kernel-program.ts';
import { parseCaptureFilter } from '../../../../../sidecars/netprobe/capture/bpf/parse-filter.ts';
import { programBytes, rejectAll } from '../../../../../sidecars/netprobe/capture/bpf/program.ts';
import { Hearer } from './hearer.ts';
import { RandomFilters } from './random-filters.ts';
import { RandomFrames } from './random-frames.ts';

const program = (name: string) => new URL(`programs/${name}.ts`, import.meta.url);

function hexOf(filter: string, options: Partial<KernelProgramOptions> = {}): string {
  const bytes = programBytes(kernelProgram(parseCaptureFilter(filter), { snapLength: 65_535, direction: 'inout', ...options }));
  return Buffer.from(bytes).toString('hex');
}

/** Two namespaces, joined by a veth: 10.77.0.1 and 10.77.0.2. */
function joined(t: TestContext): readonly [NetworkNamespace, NetworkNamespace] {
  const one = new NetworkNamespace(t, { ipv6: false });
  const other = new NetworkNamespace(t, { ipv6: false });
  one.connect('eth0', other, 'eth0');
  one.ip('address', 'add', '10.77.0.1/24', 'dev', 'eth0');
  other.ip('address', 'add', '10.77.0.2/24', 'dev', 'eth0');
  return [one, other];
}

function indexOf(namespace: NetworkNamespace, name: string): number {
  return Number(/^(\d+):/m.exec(namespace.ip('link', 'show', name))?.[1]);
}

/** Sends datagrams that nobody waits for. */
function send(from: NetworkNamespace, to: string, count: number): void {
  from.run('bash', '-c', `for i in $(seq ${count}); do echo some words >/dev/udp/${to.replace(':', '/')} || exit 1; done`);
}

function sendFrames(from: NetworkNamespace, frames: readonly string[]): void {
  from.run(process.execPath, fileURLToPath(program('send-frames')), String(indexOf(from, 'eth0')), ...frames);
}

/** A frame with a datagram to port 9000, with tags of VLANs. */
function datagram(...vlans: readonly number[]): string {
  const tags = vlans.map((id) => `8100${id.toString(16).padStart(4, '0')}`).join('');
  const ip = '4500002800004000401100000a4d00630a4d0002';
  const udp = `0fa0${(9000).toString(16)}00140000${'00'.repeat(12)}`;
  return `020000000002020000000001${tags}0800${ip}${udp}${'00'.repeat(8)}`;
}

test('each packet is heard once: of Ethernet, with a tag of a VLAN, of lo', needs('linux', 'root'), async (t) => {
  const [one, other] = joined(t);
  const filters = [
    'udp dst port 9000',
    'vlan and udp dst port 9000',
    'vlan 5 and udp dst port 9000',
    'vlan 6 and udp dst port 9000',
    'udp dst port 9000 and not vlan',
    'vlan 5 and vlan 7 and udp dst port 9000',
    'udp dst port 9000 and ip[2:2] > 20 and greater 30 and ether[12:2] = 0x800',
  ];
  const hearer = await Hearer.start(
    other,
    filters.map((filter) => hexOf(filter)),
  );
  send(one, '10.77.0.2:9000', 7);
  await hearer.hearsExactly([7, 0, 0, 0, 7, 0, 7], 'plain datagrams');
  // the kernel has taken the outermost tag out of the frame
  sendFrames(one, [datagram(5), datagram(5), datagram(5)]);
  await hearer.hearsExactly([3, 3, 3, 0, 0, 0, 3], 'datagrams of a VLAN');
  sendFrames(one, [datagram(5, 7), datagram(5, 8)]);
  await hearer.hearsExactly([0, 0, 0, 0, 0, 1, 0], 'datagrams of a VLAN within one');
  send(other, '127.0.0.1:9000', 7);
  await hearer.hearsExactly([7, 0, 0, 0, 7, 0, 7], 'datagrams of lo');
});

test('a tag is found in frames that go out, where it is in the frame', needs('linux', 'root'), async (t) => {
  const [one] = joined(t);
  const filters = [
    'vlan 5 and udp dst port 9000',
    'vlan 6 and udp',
    'vlan and vlan 7 and udp dst port 9000',
    'udp dst port 9000',
  ];
  const hearer = await Hearer.start(
    one,
    filters.map((filter) => hexOf(filter)),
  );
  sendFrames(one, [datagram(5), datagram(5, 7), datagram()]);
  await hearer.hearsExactly([1, 0, 1, 1], 'with a tag, with two, with none');
});

test('a direction is kept to, and at lo all comes in', needs('linux', 'root'), async (t) => {
  const [one, other] = joined(t);
  const hearer = await Hearer.start(other, [
    hexOf('udp port 9000', { direction: 'inout' }),
    hexOf('udp port 9000', { direction: 'in' }),
    hexOf('udp port 9000', { direction: 'out' }),
    hexOf('udp port 9000 and inbound'),
    hexOf('udp port 9000 and outbound'),
    hexOf('udp port 9000 and ifindex 1'),
    Buffer.from(programBytes(rejectAll)).toString('hex'),
  ]);
  send(one, '10.77.0.2:9000', 3);
  await hearer.hearsExactly([3, 3, 0, 3, 0, 0, 0], 'what comes in');
  send(other, '10.77.0.1:9000', 4);
  await hearer.hearsExactly([4, 0, 4, 0, 4, 0, 0], 'what goes out');
  send(other, '127.0.0.1:9000', 5);
  await hearer.hearsExactly([5, 5, 0, 5, 0, 5, 0], 'what goes to itself');
});

test('a snap length is kept to, and no filter takes every packet', needs('linux', 'root'), async (t) => {
  const namespace = new NetworkNamespace(t, { ipv6: false });
  const hearer = await Hearer.start(namespace, [hexOf('udp port 9000', { snapLength: 40 }), hexOf('')]);
  send(namespace, '127.0.0.1:9000', 2);
  const [cut = [], every = []] = await hearer.hears(2, 4);
  assert.deepEqual(
    cut.map((hex) => hex.length / 2),
    [40, 40],
  );
  // two datagrams, and that there is nobody at the port
  assert.equal(every.length, 4);
});

const needsTun = existsSync('/dev/net/tun') ? needs('linux', 'root') : { skip: 'this machine lacks /dev/net/tun' };

test('of a tun interface packets begin with IP', needsTun, async (t) => {
  const namespace = new NetworkNamespace(t, { ipv6: false });
  const tun = namespace.program(program('tun'), 'tun7');
  await said(tun, 'made');
  namespace.ip('address', 'add', '10.78.0.1/24', 'dev', 'tun7');
  namespace.ip('link', 'set', 'tun7', 'up');
  const hearer = await Hearer.start(namespace, [
    hexOf('udp port 9000'),
    hexOf('udp port 9000 and host 10.78.0.9'),
    hexOf('udp port 9000 and ip[16:4] = 0x0a4e0009'),
    hexOf('udp port 9000', { direction: 'in' }),
    // what only Ethernet frames have is false of them
    hexOf('udp port 9000 and not ether broadcast and not vlan'),
    hexOf('ether host ff:ff:ff:ff:ff:ff or vlan or ip6 or arp'),
  ]);
  send(namespace, '10.78.0.9:9000', 3);
  const out = await hearer.hears(3, 3, 3, 0, 3, 0);
  assert.deepEqual(
    out.map((frames) => frames.length),
    [3, 3, 3, 0, 3, 0],
  );
  const packet = out[0]?.[0] ?? '';
  assert.match(packet, /^45/);
  // it comes back with the addresses the other way around
  tun.child.stdin?.write(`${packet.replace(/^(.{24})(.{8})(.{8})/, '$1$3$2')}\n`);
  await said(tun, 'written');
  await hearer.hearsExactly([1, 1, 0, 1, 1, 0], 'what comes in');
});

test(
  'the kernel takes the same random frames by our filters and by those of libpcap',
  needs('linux', 'root', 'libpcap'),
  async (t) => {
    const [one, other] = joined(t);
    const random = seeded(t);
    const plain = new RandomFilters(random, true);
    const filters = [
      // all of them
      '',
      'vlan',
      'vlan 5 or vlan 100',
      'vlan and tcp port 80',
      'vlan 6 or udp port 53',
      'vlan and ip and net 10.88.0.0/16',
      'vlan 5 and vlan 100 and (tcp or udp or icmp)',
      'vlan and vlan and ip6',
      'vlan and not vlan 5',
      'vlan and tcp[2:2] & 1 = 0',
      'vlan and ip[0] = 0x45',
      'not vlan and tcp',
      'portrange 1-8000 and not vlan 5',
      'tcp',
      'not ip and not ip6',
      ...Array.from({ length: 40 }, () => plain.next()).filter(
        (text) => !text.includes('vlan') && !text.includes('len') && text.length < 400,
      ),
    ];
    const frames = new RandomFrames(random, 1);
    const sent = Array.from({ length: 150 }, () => frames.next().toString('hex'));
    const compile = (namespace: NetworkNamespace) =>
      namespace
        .run(process.execPath, fileURLToPath(program('compile-live')), 'eth0', ...filters)
        .trim()
        .split('\n');
    const ours = filters.map((filter) => hexOf(filter));
    const [sending, receiving] = [
      await Hearer.start(one, [...ours, ...compile(one)], indexOf(one, 'eth0')),
      await Hearer.start(other, [...ours, ...compile(other)], indexOf(other, 'eth0')),
    ];
    sendFrames(one, sent);
    for (const hearer of [sending, receiving]) {
      const heard = await hearer.hears(sent.length);
      assert.equal(heard.length, filters.length * 2);
      for (const [index, filter] of filters.entries()) assert.deepEqual(heard[index], heard[index + filters.length], filter);
      assert.ok((heard[1]?.length ?? 0) > 10, 'some have tags');
    }
  },
);
