import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryFolder } from '#harness/folder.ts';
import { NetworkNamespace, said } from '#harness/namespace.ts';
import { needs } from '#harness/needs.ts';
import type { SidecarProcess } from '#harness/process.ts';
import { until } from '#harness/until.ts';
import { openLibc } from '#shared/linux/libc.ts';
import { readPcap, readPcapng } from './pcapng-file.ts';
import type { TestPlan } from './plans.ts';
import { RunningCapture } from './running-capture.ts';

const talk = new URL('programs/talk.ts', import.meta.url);
const sendFrames = new URL('programs/send-frames.ts', import.meta.url);
const options = needs('linux', 'root', 'tcpdump', 'tshark');

/** While a socket wants times, the kernel gives each packet one before anybody gets it: then all who capture it have the same (socket(7), SO_TIMESTAMPNS). */
function stampPackets(t: TestContext): void {
  const libc = openLibc();
  const { address, buffer } = libc.map(4096);
  new Int32Array(buffer)[0] = 1;
  const fd = libc.socket(2, 2, 0);
  assert.equal(libc.setsockopt(fd, 1, 35, address, 4), 0);
  t.after(() => libc.close(fd));
}

/** Captures the same with both, and compares packet for packet. */
async function compare(t: TestContext, namespace: NetworkNamespace, name: string, plan: TestPlan, traffic: () => Promise<void>) {
  stampPackets(t);
  const folder = temporaryFolder(t);
  const [ours, theirs] = [join(folder, 'ours.pcapng'), join(folder, 'theirs.pcap')];
  const capture = new RunningCapture(namespace, plan, ours);
  const words = [
    '-i',
    name,
    '-w',
    theirs,
    '-B',
    '32768',
    '--time-stamp-precision=nano',
    '-U',
    '-s',
    String(plan.snapLength ?? 0),
    '-Z',
    'root',
  ];
  const tcpdump = namespace.start('tcpdump', words);
  await until('tcpdump listens', () => tcpdump.stderr.includes('listening on'));
  await capture.started();
  await traffic();
  const { why, statistics } = await capture.end('SIGTERM');
  await until('tcpdump has it all', () => readPcap(theirs).length >= statistics.captured);
  await tcpdump.stop('SIGINT');
  assert.deepEqual(why, { type: 'done' });
  const expected = readPcap(theirs);
  const { packets } = readPcapng(ours);
  assert.equal(packets.length, expected.length);
  for (const [index, { time, length, bytes }] of packets.entries()) {
    const other = expected[index];
    const same = other?.time ?? 0n;
    assert.deepEqual([length, bytes.toString('hex')], [other?.length, other?.bytes.toString('hex')]);
    // what TCP sends to lo bears a time of another clock, so that everybody takes their own
    if (name === 'lo' && bytes[23] === 6) assert.ok((time > same ? time - same : same - time) < 1_000_000_000n);
    else assert.equal(time, same);
  }
  // whoever reads it has nothing to complain about
  const said = execFileSync('tshark', ['-r', ours, '-T', 'fields', '-e', 'frame.number'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  assert.equal(said.trim().split('\n').length, packets.length);
  return { ...readPcapng(ours), counts: statistics };
}

/** Has a program send frames, one after the other. */
async function send(program: SidecarProcess, frames: readonly Buffer[]): Promise<void> {
  program.child.stdin?.write(frames.map((frame) => `${frame.toString('hex')}\n`).join(''));
  await until('all are sent', () => program.stdout.split('\n').filter((line) => line === 'sent').length >= frames.length);
}

test(
  'what goes through lo is captured once, each byte and nanosecond as tcpdump has it, also in frames of 64 KiB',
  options,
  async (t) => {
    const namespace = new NetworkNamespace(t, { ipv6: false });
    const { packets, interfaces, statistics, counts } = await compare(t, namespace, 'lo', {}, async () => {
      await namespace.program(talk, 'tcp', '1000000', 'some payload').ended;
      await namespace.program(talk, 'udp', '127.0.0.1', '300', '61').ended;
    });
    assert.ok(packets.some(({ length }) => length > 60_000));
    assert.deepEqual(interfaces, [{ name: 'lo', linkType: 1, snapLength: 262_144, filter: '' }]);
    assert.equal(counts.received, counts.captured);
    // PACKET_HOST: it came in, and was for this host
    assert.ok(packets.every(({ flags }) => flags === (1 | (1 << 2))));
    const [only] = statistics;
    const [received, dropped, delivered] = [4, 5, 8].map((code) => only?.get(code)?.readBigUInt64LE());
    assert.deepEqual([received, dropped, delivered], [BigInt(packets.length), 0n, BigInt(packets.length)]);
  },
);

test('what is cut by the length that is kept tells how long it was', options, async (t) => {
  const namespace = new NetworkNamespace(t, { ipv6: false });
  const { packets } = await compare(t, namespace, 'lo', { snapLength: 77, accepts: 77 }, async () => {
    await namespace.program(talk, 'tcp', '200000', 'x').ended;
  });
  assert.ok(packets.every(({ bytes, length }) => bytes.length === Math.min(77, length)));
  assert.ok(packets.some(({ length }) => length > 10_000));
});

test('VLAN tags that the kernel took out are where they were, and the length that is kept counts them', options, async (t) => {
  const [namespace, other] = [new NetworkNamespace(t, { ipv6: false }), new NetworkNamespace(t, { ipv6: false })];
  namespace.connect('eth0', other, 'eth0');
  for (const each of [namespace, other])
    each.run('sh', '-c', '[ ! -d /proc/sys/net/ipv6 ] || echo 1 >/proc/sys/net/ipv6/conf/eth0/disable_ipv6');
  const sender = other.program(sendFrames, 'packet', 'eth0');
  await said(sender, 'ready');
  const addresses = Buffer.from('020000000001020000000002', 'hex');
  // of a customer, of a provider, two of them, and a frame that has none
  const tags = ['8100e007', '88a80fff', '88a8000781000008', ''];
  const frames = tags.flatMap((tag) =>
    [2, 3, 4, 5, 46, 1400].map((size) =>
      Buffer.concat([addresses, Buffer.from(`${tag}9999`, 'hex'), Buffer.alloc(size, tag.length + 65)]),
    ),
  );
  const { packets } = await compare(t, namespace, 'eth0', { interface: 'eth0', snapLength: 200, accepts: 200 }, () =>
    send(sender, frames),
  );
  const whole = frames.map((frame) => frame.subarray(0, 200).toString('hex'));
  assert.deepEqual(
    packets.map(({ bytes }) => bytes.toString('hex')),
    whole,
  );
  assert.deepEqual(
    packets.map(({ length }) => length),
    frames.map((frame) => frame.length),
  );
});

test('what goes through a tunnel begins with its IP header, and which way it went is told', options, async (t) => {
  const namespace = new NetworkNamespace(t, { ipv6: false });
  const tunnel = namespace.program(sendFrames, 'tun', 'tun0');
  await said(tunnel, 'ready');
  namespace.ip('address', 'add', '10.1.0.1/24', 'dev', 'tun0');
  namespace.ip('link', 'set', 'tun0', 'up');
  const incoming = Buffer.from(`4500001c000100004011${'0000'}0a0100020a010001${'0035003500080000'}`, 'hex');
  const { packets, interfaces } = await compare(t, namespace, 'tun0', {}, async () => {
    await namespace.program(talk, 'udp', '10.1.0.2', '5', '33').ended;
    await send(tunnel, [incoming]);
  });
  assert.deepEqual(
    interfaces.map(({ name, linkType }) => [name, linkType]),
    [['tun0', 101]],
  );
  const isOut = packets.map(({ flags }) => flags === 2);
  assert.ok(isOut.includes(true) && isOut.includes(false));
  assert.ok(packets.every(({ bytes }) => bytes[0] === 0x45));
});
