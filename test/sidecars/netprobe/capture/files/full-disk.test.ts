import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryFolder } from '#harness/folder.ts';
import { fill, temporaryMount } from '#harness/mount.ts';
import { needs } from '#harness/needs.ts';
import { Exit } from '#shared/exit.ts';
import { type Mapping, openLibc } from '#shared/linux/libc.ts';
import { FileSink } from '../../../../../sidecars/netprobe/capture/files/file-sink.ts';
import { SinkFull } from '../../../../../sidecars/netprobe/capture/sink.ts';
import {
  Hearer,
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

const start = Date.UTC(2026, 2, 4);
const ends = new TestSection().head().length + new TestSection().tail().length;

/** No file of this process may be larger from now on: a disk that is full at any byte that one likes (setrlimit(2)). */
function limitFiles(bytes: number | 'unlimited'): void {
  const ffi = process.getBuiltinModule('node:ffi');
  limits ??= {
    setrlimit: new ffi.DynamicLibrary('libc.so.6').getFunction('setrlimit', { return: 'i32', arguments: ['i32', 'pointer'] }),
    memory: openLibc().map(16),
  };
  const unlimited = 2n ** 64n - 1n;
  // RLIMIT_FSIZE, and a struct rlimit
  new BigUint64Array(limits.memory.buffer).set([bytes === 'unlimited' ? unlimited : BigInt(bytes), unlimited]);
  assert.equal(limits.setrlimit(1, limits.memory.address), 0);
}

let limits: { readonly setrlimit: (resource: number, limit: bigint) => unknown; readonly memory: Mapping } | undefined;

/** Writes packets until there is no room for more. @returns how many are said to be in files. */
function writeUntilFull(sink: FileSink, most: number, perWrite: number, length = 64): number {
  let written = 0;
  for (let number = 0; number < most; number += perWrite) {
    try {
      sink.write(packets(number, number + perWrite, start, length), perWrite, start);
    } catch (error) {
      if (!(error instanceof SinkFull)) throw error;
      return written + error.written;
    }
    written += perWrite;
  }
  throw new Error('there was room for all');
}

for (const [name, perWrite, zstd] of [
  ['one packet at a time', 1, false],
  ['all at once', 40, false],
  ['some at a time, compressed', 5, true],
] as const)
  test(
    `a disk that is full at any byte, ${name}: the file is whole, and has statistics and what it is said to have`,
    needs('linux'),
    (t) => {
      const path = join(temporaryFolder(t), zstd ? 'web.pcapng.zst' : 'web.pcapng');
      t.after(() => limitFiles('unlimited'));
      for (let limit = 1; limit < 600; limit += 1) {
        limitFiles(limit);
        const heard = new Hearer();
        let sink: FileSink;
        try {
          sink = new FileSink(planFor(path, { zstd }), new TestSection(), heard.hear);
        } catch (error) {
          assert.ok(error instanceof Exit && error.code === 1 && /no file may be larger here/.test(error.message), String(error));
          assert.equal(statSync(path, { throwIfNoEntry: false }), undefined);
          continue;
        }
        const written = writeUntilFull(sink, 80, perWrite);
        sink.close();
        const { numbers, isEnded } = readWhole(path);
        assert.deepEqual(numbers, range(0, written), `with ${limit} bytes`);
        const { size } = statSync(path);
        assert.ok(size <= limit);
        assert.deepEqual(
          heard.closed.map(({ bytes, packets: count }) => [bytes, count]),
          [[size, written]],
        );
        if (zstd) continue;
        assert.equal(isEnded, limit >= ends, `the end with ${limit} bytes`);
        if (isEnded) assert.ok(size + 64 + packetOverhead > limit, `${size} of ${limit} bytes`);
      }
    },
  );

for (const zstd of [false, true])
  test(
    `where no file may be larger another one goes on${zstd ? ', compressed' : ''}, and nothing is lost`,
    needs('linux'),
    (t) => {
      t.after(() => limitFiles('unlimited'));
      for (const limit of [1000, 1003, 1100, 2345]) {
        const folder = temporaryFolder(t);
        limitFiles(limit);
        const heard = new Hearer();
        const sink = new FileSink(planFor(join(folder, 'web.pcapng'), { every: 1000, zstd }), new TestSection(), heard.hear);
        for (let number = 0; number < 300; number += 30) sink.write(packets(number, number + 30, start), 30, start);
        sink.close();
        limitFiles('unlimited');
        assert.deepEqual(numbersIn(folder), range(0, 300));
        assert.equal(
          heard.closed.reduce((sum, file) => sum + file.packets, 0),
          300,
        );
        assert.ok(namesIn(folder).length > 5);
      }
    },
  );

test('a packet that no file may be large enough for ends it', needs('linux'), (t) => {
  const folder = temporaryFolder(t);
  t.after(() => limitFiles('unlimited'));
  limitFiles(1000);
  const sink = new FileSink(planFor(join(folder, 'web.pcapng'), { every: 1000 }), new TestSection(), new Hearer().hear);
  const blocks = Buffer.concat([packets(0, 2, start), packet(2, start, 2000), packet(3, start)]);
  assert.throws(
    () => sink.write(blocks, 4, start),
    (error) => error instanceof SinkFull && error.written === 2,
  );
  sink.close();
  assert.deepEqual(numbersIn(folder), [0, 1]);
});

/** A tmpfs on which so many pages of 4 KiB are free. */
function withPages(t: TestContext, pages: number): string {
  const folder = temporaryMount(t, 'size=1m');
  const ballast = fill(folder);
  truncateSync(ballast, statSync(ballast).size - pages * 4096);
  return folder;
}

for (const [name, rest] of [
  ['one file', {}],
  ['files by time', { every: 1000 }],
  ['a compressed one', { zstd: true }],
] as const)
  test(
    `a full disk without a bound of files, ${name}: it ends there, and the words say what to do`,
    needs('linux', 'root'),
    (t) => {
      for (const [pages, perWrite, length] of [
        [1, 1, 60],
        [2, 7, 61],
        [3, 200, 64],
        [10, 100, 1400],
      ] as const) {
        const folder = withPages(t, pages);
        const heard = new Hearer();
        const sink = new FileSink(planFor(join(folder, 'web.pcapng'), rest), new TestSection(), heard.hear);
        const written = writeUntilFull(sink, 5000, perWrite, length);
        assert.throws(
          () => sink.write(packet(0, start), 1, start),
          /nothing more can be written behind .*: the disk is full; make room, or give --disk/,
        );
        sink.close();
        rmSync(join(folder, 'ballast'));
        assert.deepEqual(numbersIn(folder), range(0, written));
        const file = join(folder, namesIn(folder)[0] ?? '');
        assert.equal(readWhole(file).isEnded, true);
        // a page that is begun is used up, but for a packet, or what would make a frame
        if (rest !== undefined && !('zstd' in rest)) assert.ok(statSync(file).size > pages * 4096 - length - packetOverhead - 64);
      }
    },
  );

for (const rest of [
  { size: 20_000, count: 100 },
  { size: 20_000, disk: 10_000_000, zstd: true },
] as const)
  test(
    `a full disk with ${JSON.stringify(rest)}: the oldest go, once told, and the newest are whole`,
    needs('linux', 'root'),
    (t) => {
      const folder = withPages(t, 40);
      const heard = new Hearer();
      const sink = new FileSink(planFor(join(folder, 'web.pcapng'), rest), new TestSection(), heard.hear);
      for (let number = 0; number < 5000; number += 25) sink.write(packets(number, number + 25, start, 200), 25, start);
      sink.close();
      rmSync(join(folder, 'ballast'));
      const left = numbersIn(folder);
      assert.ok(left.length > 300, `${left.length} packets are left`);
      assert.deepEqual(left, range(5000 - left.length, 5000));
      assert.ok(
        heard.warnings.length === 1 && /is full: the oldest files go/.test(heard.warnings[0] ?? ''),
        heard.warnings.join(),
      );
      for (const { path, bytes } of heard.closed)
        assert.equal(statSync(path, { throwIfNoEntry: false })?.size ?? bytes, bytes, path);
    },
  );

test('a full disk with a bound, and nothing older: it ends, and the last file is whole', needs('linux', 'root'), (t) => {
  const folder = withPages(t, 2);
  const sink = new FileSink(planFor(join(folder, 'web.pcapng'), { count: 5 }), new TestSection(), new Hearer().hear);
  const written = writeUntilFull(sink, 5000, 10);
  rmSync(join(folder, 'ballast'));
  assert.deepEqual(numbersIn(folder), range(0, written));
});

test('room that somebody else makes is used: a disk that was full at the beginning of a file', needs('linux', 'root'), (t) => {
  const folder = withPages(t, 3);
  const heard = new Hearer();
  const sink = new FileSink(planFor(join(folder, 'web.pcapng'), { every: 1000 }), new TestSection(), heard.hear);
  sink.write(packets(0, 10, start), 10, start);
  writeFileSync(join(folder, 'hog'), '');
  spawnSync('dd', ['if=/dev/zero', `of=${join(folder, 'hog')}`, 'bs=4k']);
  // the file has room in its page, the next one has none
  assert.throws(
    () => sink.write(packets(10, 20, start + 1000), 10, start + 1000),
    (error) =>
      error instanceof SinkFull && error.written === 0 && /no other file can be begun: the disk is full/.test(error.message),
  );
  sink.close();
  for (const name of ['hog', 'ballast']) rmSync(join(folder, name));
  assert.deepEqual(namesIn(folder), ['web-000001.pcapng']);
  assert.deepEqual(numbersIn(folder), range(0, 10));
});
