import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { constants, openSync, readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { NetworkNamespace } from '#harness/namespace.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import { readPcapng } from './pcapng-file.ts';
import { RunningCapture } from './running-capture.ts';

const talk = new URL('programs/talk.ts', import.meta.url);
const options = needs('linux', 'root');

/** A namespace in which datagrams go through lo for as long as the test lasts. */
function flooded(t: TestContext, size: number): NetworkNamespace {
  const namespace = new NetworkNamespace(t, { ipv6: false });
  namespace.program(talk, 'udp', '127.0.0.1', '0', String(size));
  return namespace;
}

/** The number that a datagram of the flood bears: behind Ethernet, IPv4 and UDP. */
const numberOf = (frame: Buffer) => frame.readUInt32BE(42);

test(
  'a flood is stopped ten times, and each time there is written what the kernel counted less what it dropped',
  options,
  async (t) => {
    const namespace = flooded(t, 58);
    const folder = temporaryFolder(t);
    let dropped = 0;
    for (let round = 0; round < 10; round += 1) {
      const file = join(folder, `${round}.pcapng`);
      // the smallest ring there is, so that sometimes there is no room
      const capture = await new RunningCapture(namespace, { ringSize: 2 ** 17 * (1 + round) }, file).started();
      await until('there is something', () => readFileSync(file).length > 100_000);
      const { why, statistics } = await capture.end('SIGTERM');
      assert.deepEqual(why, { type: 'done' });
      assert.equal(statistics.captured, statistics.received - statistics.dropped);
      const { packets, statistics: counts } = readPcapng(file);
      assert.equal(packets.length, statistics.captured);
      const [accepted, lost, delivered] = [6, 7, 8].map((code) => Number(counts[0]?.get(code)?.readBigUInt64LE()));
      assert.deepEqual([accepted, lost, delivered], [statistics.received, statistics.dropped, statistics.captured]);
      dropped += statistics.dropped;
      // what is missing between the first and the last is what was dropped, or was after the last
      const numbers = packets.filter(({ bytes }) => bytes[23] === 17).map(({ bytes }) => numberOf(bytes));
      const gaps = (numbers.at(-1) ?? 0) - (numbers[0] ?? 0) + 1 - numbers.length;
      assert.ok(gaps >= 0 && gaps <= statistics.dropped, `${gaps} are missing, and ${statistics.dropped} were dropped`);
    }
    t.diagnostic(`${dropped} were dropped`);
  },
);

test('as many packets are written as were asked for, and not one more', options, async (t) => {
  const namespace = flooded(t, 58);
  const folder = temporaryFolder(t);
  for (const count of [1, 7, 3000]) {
    const file = join(folder, `${count}.pcapng`);
    const { why, statistics } = await new RunningCapture(namespace, { count }, file).end();
    assert.deepEqual([why.type, statistics.captured, readPcapng(file).packets.length], ['done', count, count]);
  }
});

/** The end of a pipe that is read, and its path. Nothing is read until it is told to. */
function pipe(t: TestContext): { readonly path: string; readonly reader: Socket } {
  const path = join(temporaryFolder(t), 'pipe');
  execFileSync('mkfifo', [path]);
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const reader = new Socket({ fd, readable: true, writable: false, allowHalfOpen: true });
  atEnd(t, () => reader.destroy());
  return { path, reader };
}

test('who reads nothing keeps nobody from stopping, and what it did not take is told', options, async (t) => {
  const namespace = flooded(t, 1400);
  const capture = await new RunningCapture(namespace, { ringSize: 2 ** 20 }, pipe(t).path).started();
  await capture.stalled();
  const { why, statistics } = await capture.end('SIGTERM');
  assert.equal(why.type, 'full');
  assert.ok(statistics.unwritten > 0);
  assert.equal(statistics.captured, statistics.received - statistics.dropped);
});

test('who reads nothing for a while gets all that the kernel had room for, from a pipe and from a socket', options, async (t) => {
  const namespace = flooded(t, 1400);
  const { path, reader } = pipe(t);
  const ofPipe = await new RunningCapture(namespace, { ringSize: 2 ** 20 }, path).started();
  const ofSocket = await new RunningCapture(namespace, { ringSize: 2 ** 20 }, '').started();
  const { stdout } = ofSocket.process.child;
  stdout?.pause();
  for (const capture of [ofPipe, ofSocket]) await capture.stalled();
  const parts: Buffer[] = [];
  reader.on('data', (part: Buffer) => parts.push(part));
  stdout?.resume();
  const [atPipe, atSocket] = await Promise.all([ofPipe.end('SIGTERM'), ofSocket.end('SIGTERM')]);
  reader.resume();
  await until('the pipe is empty', () => reader.readableEnded || reader.destroyed);
  for (const [{ why, statistics }, bytes] of [
    [atPipe, Buffer.concat(parts)],
    [atSocket, Buffer.from(ofSocket.process.stdout, 'latin1')],
  ] as const) {
    assert.deepEqual(why, { type: 'done' });
    assert.equal(statistics.captured, statistics.received - statistics.dropped);
    assert.equal(readPcapng(bytes).packets.length, statistics.captured);
  }
});

test('who has read enough ends it, and that is no failure', options, async (t) => {
  const namespace = flooded(t, 600);
  const capture = await new RunningCapture(namespace, {}, '').started();
  capture.process.child.stdout?.destroy();
  const { why } = await capture.end();
  assert.deepEqual(why, { type: 'done' });
});
