import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '#harness/folder.ts';
import { temporaryMount } from '#harness/mount.ts';
import { needs } from '#harness/needs.ts';
import { seeded } from '#harness/random.ts';
import { Exit } from '#shared/exit.ts';
import { FileSink } from '../../../../../sidecars/netprobe/capture/files/file-sink.ts';
import type { FilesPlan } from '../../../../../sidecars/netprobe/capture/files/plan.ts';
import { SinkFull } from '../../../../../sidecars/netprobe/capture/sink.ts';
import {
  Hearer,
  interfaceBlock,
  namesIn,
  numbersIn,
  packet,
  packetOverhead,
  packets,
  planFor,
  range,
  readWhole,
  TestSection,
} from './numbered-packets.ts';

const start = Date.UTC(2026, 2, 4, 5, 0, 0);

function openSink(plan: FilesPlan) {
  const section = new TestSection();
  const heard = new Hearer();
  const sink = new FileSink(plan, section, heard.hear);
  return { section, heard, sink };
}

test('without rotation there is one file, which takes the place of one that was there', (t) => {
  const path = join(temporaryFolder(t), 'web.pcapng');
  writeFileSync(path, 'x'.repeat(100_000));
  const { sink, heard } = openSink(planFor(path));
  sink.write(packets(0, 10, start), 10, start);
  sink.write(packets(10, 20, start + 50), 10, start + 50);
  sink.tick(start + 86_400_000);
  assert.deepEqual(heard.closed, []);
  sink.close();
  assert.deepEqual(readWhole(path).numbers, range(0, 20));
  assert.equal(readWhole(path).isEnded, true);
  const expected = { path, bytes: statSync(path).size, packets: 20, first: start, last: start + 50 };
  assert.deepEqual([heard.closed, heard.warnings], [[expected], []]);
});

test('a capture of nothing is a file with statistics', (t) => {
  const path = join(temporaryFolder(t), 'web.pcapng');
  const { sink, heard } = openSink(planFor(path));
  sink.close();
  assert.deepEqual(readWhole(path), { numbers: [], times: [], isEnded: true });
  assert.deepEqual(heard.closed, [{ path, bytes: statSync(path).size, packets: 0, first: undefined, last: undefined }]);
});

for (const zstd of [false, true])
  test(`by size${zstd ? ', compressed' : ''}: no file is larger, none is nearly empty, and no packet is missing or in another order`, (t) => {
    const random = seeded(t);
    const folder = temporaryFolder(t);
    const size = 64 * 1024;
    const { sink, heard } = openSink(planFor(join(folder, 'web.pcapng'), { size, zstd }));
    let number = 0;
    while (number < 20_000) {
      const count = random.weighted({ 1: 3, 20: 3, 300: 1, 3000: 1 });
      const to = number + Number(count);
      sink.write(packets(number, to, start, 4 + random.below(400)), Number(count), start);
      number = to;
    }
    sink.close();
    assert.deepEqual(numbersIn(folder), range(0, number));
    assert.deepEqual(
      heard.closed.map(({ path }) => path),
      namesIn(folder).map((name) => join(folder, name)),
    );
    const sizes = namesIn(folder).map((name) => statSync(join(folder, name)).size);
    assert.ok(sizes.length > 5, `${sizes.length} files`);
    assert.ok(Math.max(...sizes) <= size, `a file of ${Math.max(...sizes)} bytes`);
    if (!zstd) assert.ok(Math.min(...sizes.slice(0, -1)) > size - 1000, `a file of ${Math.min(...sizes)} bytes`);
    for (const { path, bytes, packets: count } of heard.closed) {
      assert.equal(statSync(path).size, bytes);
      assert.equal(readWhole(path).numbers.length, count);
      assert.equal(readWhole(path).isEnded, true);
    }
  });

test('a packet that is larger than a file may be is one by itself', (t) => {
  for (const zstd of [false, true]) {
    const folder = temporaryFolder(t);
    const { sink, heard } = openSink(planFor(join(folder, 'web.pcapng'), { size: 65_536, zstd }));
    const large = [packets(0, 2, start), packet(2, start, 150_000), packet(3, start, 200_000), packets(4, 6, start)];
    sink.write(Buffer.concat(large), 6, start);
    sink.close();
    assert.deepEqual(
      heard.closed.map((file) => readWhole(file.path).numbers),
      [[0, 1], [2], [3], [4, 5]],
    );
  }
});

test('by time: packets are in the file of their time, to the nanosecond, and no file is made while nothing comes', (t) => {
  const folder = temporaryFolder(t);
  const { sink, heard } = openSink(planFor(join(folder, 'web-%H%M%S.pcapng'), { every: 10_000 }));
  const times = [0, 9999.999, 10_000, 10_000.001, 19_999, 20_000, 65_000, 65_001];
  sink.write(Buffer.concat(times.map((at, number) => packet(number, start + at))), times.length, start + 65_001);
  sink.tick(start + 65_500);
  sink.write(packet(8, start + 69_000), 1, start + 69_000);
  // what is on its way from before has a moment
  sink.tick(start + 70_500);
  assert.equal(heard.closed.length, 3);
  sink.tick(start + 71_000);
  assert.equal(heard.closed.length, 4);
  for (let at = 72_000; at < 300_000; at += 1000) sink.tick(start + at);
  sink.write(packet(9, start + 300_000), 1, start + 300_000);
  sink.close();
  assert.deepEqual(namesIn(folder), [
    'web-050000-000001.pcapng',
    'web-050010-000002.pcapng',
    'web-050020-000003.pcapng',
    'web-050105-000004.pcapng',
    'web-050500-000005.pcapng',
  ]);
  assert.deepEqual(
    heard.closed.map(({ path }) => readWhole(path).numbers),
    [[0, 1], [2, 3, 4], [5], [6, 7, 8], [9]],
  );
  assert.deepEqual(
    heard.closed.map(({ first, last }) => [first, last]),
    [
      [start, start + 9999.999],
      [start + 10_000, start + 19_999],
      [start + 20_000, start + 20_000],
      [start + 65_000, start + 69_000],
      [start + 300_000, start + 300_000],
    ],
  );
});

test('a time that is told in whole milliseconds puts no packet into the file before its own', (t) => {
  const folder = temporaryFolder(t);
  const { sink, heard } = openSink(planFor(join(folder, 'web.pcapng'), { every: 1000 }));
  const blocks = [0.5, 999, 1000.4, 1000.7, 1000.9].map((at, number) => packet(number, start + at));
  sink.write(Buffer.concat(blocks), 5, start + 1000);
  sink.close();
  assert.deepEqual(
    heard.closed.map(({ path }) => readWhole(path).numbers),
    [
      [0, 1, 2],
      [3, 4],
    ],
  );
});

test('a clock that is set back begins no file', (t) => {
  const folder = temporaryFolder(t);
  const { sink } = openSink(planFor(join(folder, 'web.pcapng'), { every: 10_000 }));
  for (const [number, at] of [0, 15_000, 2000, 16_000, 1000].entries()) sink.write(packet(number, start + at), 1, start + at);
  sink.close();
  assert.deepEqual(
    namesIn(folder).map((name) => readWhole(join(folder, name)).numbers),
    [[0], [1, 2, 3, 4]],
  );
});

test('the name of a file that was empty tells when its first packet came', (t) => {
  const folder = temporaryFolder(t);
  const { sink } = openSink(planFor(join(folder, 'web-%F.pcapng')));
  sink.write(packet(0, start), 1, start);
  sink.close();
  assert.deepEqual(namesIn(folder), ['web-2026-03-04.pcapng']);
});

test('an interface that is met late is described in each file from then on, once', (t) => {
  const folder = temporaryFolder(t);
  const { sink, section } = openSink(planFor(join(folder, 'web.pcapng'), { size: 65_536, every: 10_000 }));
  const meet = (at: number) => {
    sink.write(interfaceBlock(), 0, start + at);
    section.interfaces += 1;
  };
  sink.write(packets(0, 3, start), 3, start);
  meet(10);
  sink.write(packet(3, start + 10, 64, 1), 1, start + 10);
  sink.tick(start + 30_000);
  meet(40_000);
  sink.write(packet(4, start + 40_000, 64, 2), 1, start + 40_000);
  for (let number = 5; number < 2000; number += 1) sink.write(packet(number, start + 40_000, 64, number % 3), 1, start + 40_000);
  sink.close();
  assert.deepEqual(numbersIn(folder), range(0, 2000));
});

test('by count the newest stay, those of earlier runs among them', (t) => {
  const folder = temporaryFolder(t);
  for (const [from, names] of [
    [0, ['000003', '000004', '000005']],
    [100, ['000008', '000009', '000010']],
  ] as const) {
    const { sink } = openSink(planFor(join(folder, 'web.pcapng'), { every: 1000, count: 3 }));
    for (let at = 0; at < 5; at += 1) {
      sink.write(packet(from + at, start + at * 1000), 1, start + at * 1000);
      assert.ok(namesIn(folder).length <= 3, namesIn(folder).join());
    }
    sink.close();
    assert.deepEqual(
      namesIn(folder),
      names.map((name) => `web-${name}.pcapng`),
    );
    assert.deepEqual(numbersIn(folder), range(from + 2, from + 5));
  }
});

for (const zstd of [false, true])
  test(`by bytes on disk${zstd ? ', compressed' : ''}: there are never more, and what is there is what came last`, (t) => {
    const folder = temporaryFolder(t);
    const disk = 200_000;
    const onDisk = () => namesIn(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
    const { sink } = openSink(planFor(join(folder, 'web.pcapng'), { disk, zstd }));
    for (let number = 0; number < 10_000; number += 50) {
      sink.write(packets(number, number + 50, start, 100), 50, start);
      assert.ok(onDisk() <= disk, `${onDisk()} bytes`);
    }
    sink.close();
    assert.ok(onDisk() <= disk && onDisk() > disk * 0.7, `${onDisk()} bytes`);
    const left = numbersIn(folder);
    assert.deepEqual(left, range(10_000 - left.length, 10_000));
  });

test('what somebody else removed makes room, and what is no file of this capture stays', (t) => {
  const folder = temporaryFolder(t);
  const others = ['web.pcapng', 'other-000001.pcapng', 'web-000001.pcapng.part', 'web-00001.pcapng'];
  for (const name of others) writeFileSync(join(folder, name), 'x'.repeat(1_000_000));
  mkdirSync(join(folder, 'web-000000.pcapng'));
  const { sink, heard } = openSink(planFor(join(folder, 'web.pcapng'), { every: 1000, disk: 65_536, count: 1000 }));
  for (let at = 0; at < 30; at += 1) {
    sink.write(packets(at * 50, at * 50 + 50, start + at * 1000, 100), 50, start + at * 1000);
    // as one does that uploads them
    const closed = heard.closed.at(-1);
    if (closed !== undefined && at % 5 !== 0) rmSync(closed.path, { force: true });
  }
  sink.close();
  for (const name of others) assert.equal(statSync(join(folder, name)).size, 1_000_000);
  assert.ok(statSync(join(folder, 'web-000000.pcapng')).isDirectory());
  // each takes some 7 KB, and every fifth was left
  assert.deepEqual(
    heard.closed.filter(({ path }) => readdirSync(folder).includes(path.slice(folder.length + 1))).map(({ packets: one }) => one),
    Array(6).fill(50),
  );
});

test('a packet that --disk has no room for ends it, with a file that is whole', (t) => {
  const folder = temporaryFolder(t);
  const { sink, heard } = openSink(planFor(join(folder, 'web.pcapng'), { disk: 65_536 }));
  sink.write(packets(0, 100, start), 100, start);
  const blocks = Buffer.concat([packets(100, 103, start), packet(103, start, 70_000), packet(104, start)]);
  assert.throws(
    () => sink.write(blocks, 5, start),
    (error) =>
      error instanceof SinkFull &&
      error.written === 3 &&
      /--disk=65536 has no room for a packet of 70032 bytes/.test(error.message),
  );
  assert.throws(() => sink.write(packet(104, start), 1, start), SinkFull);
  sink.close();
  assert.deepEqual(
    heard.closed.flatMap(({ path }) => (statSync(path, { throwIfNoEntry: false }) ? readWhole(path).numbers : [])),
    numbersIn(folder),
  );
});

test('a file that a name is taken for already is never written over', (t) => {
  const folder = temporaryFolder(t);
  const { sink } = openSink(planFor(join(folder, 'web.pcapng'), { every: 1000 }));
  writeFileSync(join(folder, 'web-000002.pcapng'), 'made meanwhile');
  sink.write(packet(0, start), 1, start);
  sink.write(packet(1, start + 1000), 1, start + 1000);
  sink.close();
  assert.equal(readFileSync(join(folder, 'web-000002.pcapng'), 'utf8'), 'made meanwhile');
  assert.deepEqual(readWhole(join(folder, 'web-000003.pcapng')).numbers, [1]);
});

const refuses = (path: string, code: number, words: RegExp, rest: Partial<FilesPlan> = {}) =>
  assert.throws(
    () => openSink(planFor(path, rest)),
    (error) => error instanceof Exit && error.code === code && words.test(error.message),
  );

test('a folder that is missing, a file in its place, and a folder in place of the file are told', (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'file'), '');
  mkdirSync(join(folder, 'web.pcapng'));
  for (const rest of [{}, { size: 65_536 }]) {
    refuses(join(folder, 'missing/web.pcapng'), 64, /there is no folder .*\/missing: make it, or mount a volume there/, rest);
    refuses(join(folder, 'file/web.pcapng'), 64, /file is no folder/, rest);
  }
  refuses(join(folder, 'web.pcapng'), 64, /it is a folder: add the name of a file/);
});

test('a file system that is read-only, and one that is full, are told', needs('linux', 'root'), (t) => {
  const folder = temporaryMount(t, 'size=64k,ro');
  refuses(join(folder, 'web.pcapng'), 64, /is read-only: mount a volume/);
  const full = temporaryMount(t, 'nr_inodes=1');
  refuses(join(full, 'web.pcapng'), 1, /the disk is full: make room/);
});

test('a disk that fails is told, by the name of the file, once', needs('linux', 'root'), () => {
  // nothing is mapped at the address 0
  refuses('/proc/self/mem', 1, /^\/proc\/self\/mem cannot be written: EIO: .*; look into the log of the kernel/);
});

test('a folder that this user may not write to is told', (t) => {
  const folder = temporaryFolder(t);
  chmodSync(folder, 0o500);
  // root may write to it all the same
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  try {
    refuses(join(folder, 'web.pcapng'), 77, /may not write to/);
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
});

test('a pipe is written to as it is, and nothing of it is taken back', needs('linux'), async (t) => {
  const folder = temporaryFolder(t);
  const pipe = join(folder, 'pipe');
  const copy = join(folder, 'copy');
  execFileSync('mkfifo', [pipe]);
  const reader = spawn('cp', [pipe, copy]);
  const ended = once(reader, 'close');
  const { sink, heard } = openSink(planFor(pipe));
  sink.write(packets(0, 1000, start), 1000, start);
  sink.close();
  await ended;
  assert.deepEqual(readWhole(copy).numbers, range(0, 1000));
  assert.equal(heard.closed[0]?.bytes, statSync(copy).size);
});

test('each packet takes so much in a file: nothing else is there', (t) => {
  const path = join(temporaryFolder(t), 'web.pcapng');
  const { sink, section } = openSink(planFor(path));
  sink.write(packets(0, 10, start, 64), 10, start);
  sink.close();
  assert.equal(statSync(path).size, section.head().length + 10 * (64 + packetOverhead) + section.tail().length);
});
