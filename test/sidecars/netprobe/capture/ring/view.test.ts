import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryFolder } from '#harness/folder.ts';
import { NetworkNamespace } from '#harness/namespace.ts';
import { needs } from '#harness/needs.ts';
import type { CaptureTarget } from '../../../../../sidecars/netprobe/capture/ring/messages.ts';
import { readPcapng } from './pcapng-file.ts';
import { fileTarget } from './plans.ts';
import { RunningCapture } from './running-capture.ts';

const talk = new URL('programs/talk.ts', import.meta.url);
const options = needs('linux', 'root');

test('the main thread gets what a file would: a header first, and every packet', options, async (t) => {
  const namespace = new NetworkNamespace(t, { ipv6: false });
  const file = join(temporaryFolder(t), 'view.pcapng');
  const capture = await new RunningCapture(namespace, { target: { type: 'view' }, comments: ['seen'] }, file).started();
  await namespace.program(talk, 'tcp', '3000000', 'abc').ended;
  await namespace.program(talk, 'udp', '127.0.0.1', '2000', '30').ended;
  const { why, statistics } = await capture.end('SIGTERM');
  const { comments, packets } = readPcapng(file);
  assert.deepEqual([why.type, comments, packets.length], ['done', ['seen'], statistics.captured]);
  assert.equal(statistics.captured, statistics.received - statistics.dropped);
  assert.ok(packets.length >= 2000);
});

test('files and the main thread get the same', options, async (t) => {
  const namespace = new NetworkNamespace(t, { ipv6: false });
  const folder = temporaryFolder(t);
  const path = join(folder, 'written.pcapng');
  const shown = join(folder, 'shown.pcapng');
  const capture = await new RunningCapture(namespace, { target: fileTarget(path, true) }, shown).started();
  await namespace.program(talk, 'udp', '127.0.0.1', '200', '30').ended;
  const { why, statistics } = await capture.end('SIGTERM');
  assert.deepEqual([why.type, statistics.captured], ['done', statistics.received]);
  assert.ok(statistics.captured >= 200);
  assert.deepEqual(readPcapng(shown).packets, readPcapng(path).packets);
  assert.equal(readPcapng(path).packets.length, statistics.captured);
  assert.ok(capture.told.some(({ closed }) => (closed as { path?: string } | undefined)?.path === path));
});

/** One that gets blocks and never has done with them, and whose ring is full. */
async function stalled(t: TestContext, target: CaptureTarget = { type: 'view' }): Promise<RunningCapture> {
  const namespace = new NetworkNamespace(t, { ipv6: false });
  namespace.program(talk, 'udp', '127.0.0.1', '0', '1400');
  const plan = { target, ringSize: 2 ** 17, isSilent: true };
  const capture = await new RunningCapture(namespace, plan, '').started();
  return capture.stalled();
}

test('while nothing is shown the kernel drops; it stops all the same, and tells what was not shown', options, async (t) => {
  const capture = await stalled(t);
  const { why, statistics } = await capture.end('SIGTERM');
  assert.equal(why.type, 'full');
  assert.ok(statistics.unwritten > 0);
  assert.equal(statistics.captured, statistics.received - statistics.dropped);
});

test('what is in a file need not be shown', options, async (t) => {
  const path = join(temporaryFolder(t), 'written.pcapng');
  const capture = await stalled(t, fileTarget(path, true));
  const { why, statistics } = await capture.end('SIGTERM');
  assert.deepEqual([why.type, statistics.unwritten], ['done', 0]);
  assert.equal(readPcapng(path).packets.length, statistics.received - statistics.dropped);
});

test('a process that leaves does not wait for its thread', options, async (t) => {
  const capture = await stalled(t);
  capture.process.child.kill('SIGUSR2');
  assert.equal((await capture.process.ended).code, 7);
});
