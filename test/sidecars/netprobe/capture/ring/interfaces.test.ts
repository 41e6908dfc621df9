import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '#harness/folder.ts';
import { NetworkNamespace, said } from '#harness/namespace.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import { readPcapng } from './pcapng-file.ts';
import { fileTarget } from './plans.ts';
import { RunningCapture } from './running-capture.ts';

const talk = new URL('programs/talk.ts', import.meta.url);
const sendFrames = new URL('programs/send-frames.ts', import.meta.url);
const options = needs('linux', 'root');

/** Two namespaces with a veth between them, which say nothing by themselves. */
function connected(...[t]: ConstructorParameters<typeof NetworkNamespace>): readonly [NetworkNamespace, NetworkNamespace] {
  const both = [new NetworkNamespace(t, { ipv6: false }), new NetworkNamespace(t, { ipv6: false })] as const;
  connect(...both);
  return both;
}

function connect(one: NetworkNamespace, other: NetworkNamespace): void {
  one.ip('link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', other.name);
  for (const each of [one, other]) {
    each.run('sh', '-c', '[ ! -d /proc/sys/net/ipv6 ] || echo 1 >/proc/sys/net/ipv6/conf/eth0/disable_ipv6');
    each.ip('link', 'set', 'eth0', 'up');
  }
}

/** A frame of a type that nobody minds. */
const frame = (text: string) =>
  `${Buffer.from(`02000000000102000000000299990000${Buffer.from(text).toString('hex')}`, 'hex').toString('hex')}\n`;

test(
  'of all interfaces each is described when it is met, and one that was deleted and made again is another one',
  options,
  async (t) => {
    const [namespace, other] = connected(t);
    const file = join(temporaryFolder(t), 'all.pcapng');
    const capture = await new RunningCapture(namespace, {}, file).started();
    const seen = (count: number) => until('it is written', () => readPcapng(file).packets.length === count);
    const sendOne = async (text: string) => {
      const sender = other.program(sendFrames, 'packet', 'eth0');
      await said(sender, 'ready');
      sender.child.stdin?.end(frame(text));
      await sender.ended;
    };
    await sendOne('first');
    await seen(1);
    // and that nobody takes it comes back
    await namespace.program(talk, 'udp', '127.0.0.1', '1', '20').ended;
    await seen(3);
    namespace.ip('link', 'delete', 'eth0');
    connect(namespace, other);
    await sendOne('second');
    await seen(4);
    const { why, statistics } = await capture.end('SIGTERM');
    assert.deepEqual([why.type, statistics.captured, statistics.dropped], ['done', 4, 0]);
    const { packets, interfaces, statistics: counts } = readPcapng(file);
    assert.deepEqual(
      interfaces.map(({ name }) => name),
      ['eth0', 'lo', 'eth0'],
    );
    assert.deepEqual(
      packets.map((packet) => packet.interface),
      ['eth0', 'lo', 'lo', 'eth0'],
    );
    // nothing was dropped: so it is known of each
    const told = counts.map((each) => [7, 8].map((code) => Number(each.get(code)?.readBigUInt64LE())));
    assert.deepEqual(told, [
      [0, 1],
      [0, 2],
      [0, 1],
    ]);
  },
);

test('of several interfaces no count of drops is made up: a comment tells what is known', options, async (t) => {
  const [namespace, other] = connected(t);
  const file = join(temporaryFolder(t), 'all.pcapng');
  namespace.program(talk, 'udp', '127.0.0.1', '0', '1400');
  const capture = await new RunningCapture(namespace, { ringSize: 2 ** 17 }, file).started();
  const sender = other.program(sendFrames, 'packet', 'eth0');
  await said(sender, 'ready');
  await capture.until('both were met', () => {
    sender.child.stdin?.write(frame('again'));
    return readPcapng(file).interfaces.length === 2;
  });
  // while it sleeps nobody empties the ring
  capture.process.child.kill('SIGSTOP');
  const before = sender.stdout.length;
  await until('some time is over', () => {
    sender.child.stdin?.write(frame('again').repeat(100));
    return sender.stdout.length > before + 500;
  });
  capture.process.child.kill('SIGCONT');
  const { statistics } = await capture.end('SIGTERM');
  assert.ok(statistics.dropped > 0);
  const { statistics: counts, packets } = readPcapng(file);
  for (const [index, name] of readPcapng(file)
    .interfaces.map((each) => each.name)
    .entries()) {
    const found = counts[index];
    assert.deepEqual(
      [4, 5, 6, 7].map((code) => found?.has(code)),
      [false, false, false, false],
    );
    assert.equal(Number(found?.get(8)?.readBigUInt64LE()), packets.filter((packet) => packet.interface === name).length);
    assert.match(
      String(found?.get(1)),
      new RegExp(`^The kernel dropped ${statistics.dropped} of ${statistics.received} packets`),
    );
  }
});

test(
  'one interface is described before a packet comes, is waited for while it is off, and ends the capture when it is deleted',
  options,
  async (t) => {
    const [namespace, other] = connected(t);
    const file = join(temporaryFolder(t), 'one.pcapng');
    const isOff = ({ warning }: Record<string, unknown>) => String(warning).startsWith('eth0 is turned off');
    namespace.ip('link', 'set', 'eth0', 'down');
    const capture = await new RunningCapture(namespace, { interface: 'eth0' }, file).started();
    await until('it is described', () => readPcapng(file).interfaces[0]?.name === 'eth0');
    await capture.until('it says so', (told) => told.filter(isOff).length === 1);
    namespace.ip('link', 'set', 'eth0', 'up');
    namespace.ip('link', 'set', 'eth0', 'down');
    await capture.until('it says so again', (told) => told.filter(isOff).length === 2);
    namespace.ip('link', 'set', 'eth0', 'up');
    await namespace.program(talk, 'udp', '127.0.0.1', '3', '20').ended;
    const sender = other.program(sendFrames, 'packet', 'eth0');
    await said(sender, 'ready');
    sender.child.stdin?.write(frame('on again'));
    await until('it is written', () => readPcapng(file).packets.length === 1);
    sender.child.stdin?.write(frame('the last'));
    await until('it is sent', () => sender.stdout.split('sent').length > 2);
    namespace.ip('link', 'delete', 'eth0');
    const { why, statistics } = await capture.end();
    assert.deepEqual(why, {
      type: 'failed',
      words: 'eth0 was deleted: what was captured until then is written',
      isDenied: false,
      exitCode: 1,
    });
    assert.deepEqual([statistics.captured, readPcapng(file).packets.length, readPcapng(file).statistics.length], [2, 2, 1]);
  },
);

test('an interface that is not there: those that are there are named', options, async (t) => {
  const [namespace] = connected(t);
  const file = join(temporaryFolder(t), 'none.pcapng');
  const { why } = await new RunningCapture(namespace, { interface: 'eth7' }, file).end();
  assert.ok(why.type === 'failed');
  assert.match(why.words, /^there is no interface eth7 here: name one of lo.*eth0/);
  assert.deepEqual([why.isDenied, why.exitCode], [false, 64]);
});

test('without NET_RAW it says what to add, and no file is begun', options, async (t) => {
  const namespace = new NetworkNamespace(t);
  const folder = temporaryFolder(t);
  const path = join(folder, 'denied.pcapng');
  const without = ['setpriv', '--bounding-set', '-net_raw', '--inh-caps', '-net_raw', '--'];
  const capture = new RunningCapture(namespace, { target: fileTarget(path, false) }, join(folder, 'out'), without);
  const { why } = await capture.end();
  assert.ok(why.type === 'failed');
  assert.match(why.words, /--cap-add NET_RAW --user 0/);
  assert.deepEqual([why.isDenied, why.exitCode, existsSync(path), why.words.includes('\n')], [true, 77, false, false]);
  assert.equal(readFileSync(join(folder, 'out')).length, 0);
});
