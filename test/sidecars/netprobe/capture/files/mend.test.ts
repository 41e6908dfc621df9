import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { atEnd } from '#harness/at-end.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { seeded } from '#harness/random.ts';
import { until } from '#harness/until.ts';
import { FileSink } from '../../../../../sidecars/netprobe/capture/files/file-sink.ts';
import { mendCaptureFile } from '../../../../../sidecars/netprobe/capture/files/mend.ts';
import { Hearer, namesIn, numbersIn, packet, packets, planFor, range, readWhole, TestSection } from './numbered-packets.ts';

const start = Date.UTC(2026, 2, 4);

/** A file of some writes. @returns where it was whole, and how many packets it had there. */
function written(path: string, zstd: boolean): Map<number, number> {
  const whole = new Map<number, number>();
  const section = new TestSection();
  const sink = new FileSink(planFor(path, { zstd }), section, new Hearer().hear);
  whole.set(statSync(path).size, 0);
  for (let number = 0; number < 7; number += 1) {
    const before = statSync(path).size;
    sink.write(Buffer.concat([packet(2 * number, start, 17 + number), packet(2 * number + 1, start, 30)]), 2, start);
    // beside both of them, where they are not compressed
    if (!zstd) whole.set(before + packet(0, start, 17 + number).length, 2 * number + 1);
    whole.set(statSync(path).size, 2 * number + 2);
  }
  sink.close();
  whole.set(statSync(path).size, 14);
  return whole;
}

for (const zstd of [false, true])
  test(`a file${zstd ? ' of zstd' : ''} that is cut at any byte is mended to its last whole ${zstd ? 'frame' : 'block'}`, async (t) => {
    const path = join(temporaryFolder(t), zstd ? 'web.pcapng.zst' : 'web.pcapng');
    const whole = written(path, zstd);
    const stored = readFileSync(path);
    const head = Math.min(...whole.keys());
    for (let size = 0; size <= stored.length; size += 1) {
      writeFileSync(path, stored.subarray(0, size));
      const outcome = await mendCaptureFile(path);
      // the section header of a file is whole before its first interface is
      if (!zstd && size < head) {
        assert.equal(outcome, size < 28 ? 'empty' : size === 28 ? 'whole' : 'cut');
        continue;
      }
      const expected = Math.max(0, ...[...whole.keys()].filter((end) => end <= size));
      assert.equal(outcome, expected === 0 ? 'empty' : expected === size ? 'whole' : 'cut', `of ${size} bytes`);
      assert.equal(statSync(path).size, expected);
      if (expected > 0) assert.deepEqual(readWhole(path).numbers, range(0, whole.get(expected) ?? -1));
    }
  });

test('what stands behind the end after a loss of power goes', async (t) => {
  for (const zstd of [false, true]) {
    const path = join(temporaryFolder(t), zstd ? 'web.pcapng.zst' : 'web.pcapng');
    written(path, zstd);
    const { size } = statSync(path);
    for (const rest of [Buffer.alloc(1), Buffer.alloc(5000), Buffer.alloc(3_000_000, 0xff)]) {
      appendFileSync(path, rest);
      assert.equal(await mendCaptureFile(path), 'cut');
      assert.equal(statSync(path).size, size);
    }
  }
});

test('a large file, with packets across what is read at once', async (t) => {
  const path = join(temporaryFolder(t), 'web.pcapng');
  const sink = new FileSink(planFor(path), new TestSection(), new Hearer().hear);
  for (let number = 0; number < 200; number += 1) sink.write(packet(number, start, 60_000 + number), 1, start);
  sink.close();
  assert.equal(await mendCaptureFile(path), 'whole');
  truncateSync(path, statSync(path).size - 40_000);
  assert.equal(await mendCaptureFile(path), 'cut');
  assert.deepEqual(readWhole(path).numbers, range(0, 199));
});

test('what is no file of ours stays as it is', async (t) => {
  const folder = temporaryFolder(t);
  const pcap = Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex');
  const bigEndian = Buffer.from('0a0d0d0a0000001c1a2b3c4d00010000ffffffffffffffff0000001c00', 'hex');
  for (const [name, content] of [
    ['text', Buffer.from('some words')],
    ['pcap', pcap],
    ['of another byte order', bigEndian],
    ['zeros', Buffer.alloc(100)],
  ] as const) {
    const path = join(folder, name);
    writeFileSync(path, content);
    assert.equal(await mendCaptureFile(path), 'foreign', name);
    assert.deepEqual(readFileSync(path), content);
  }
  // one frame of another program, which is larger than any of ours
  const path = join(folder, 'large.zst');
  writeFileSync(path, zstdCompressSync(packets(0, 20_000, start, 200)));
  assert.equal(await mendCaptureFile(path), 'whole');
});

test('what the zstd of Debian reads of a file that is torn is all up to its last whole frame', needs('zstd'), (t) => {
  const path = join(temporaryFolder(t), 'web.pcapng.zst');
  const whole = [...written(path, true).keys()];
  const stored = readFileSync(path);
  for (const [index, end] of whole.entries()) {
    const next = whole[index + 1];
    if (next === undefined) break;
    writeFileSync(path, stored.subarray(0, next - 3));
    const { stdout, status } = spawnSync('zstd', ['-dcq', path], { maxBuffer: 2 ** 20 });
    assert.notEqual(status, 0);
    const content = zstdDecompressSync(stored.subarray(0, end));
    assert.deepEqual(stdout.subarray(0, content.length), content);
  }
});

/** Starts a process that writes, and kills it once it has written enough. @returns how many packets it said to have written. */
async function writeAndKill(t: TestContext, path: string, first: number, enough: number, zstd: boolean): Promise<number> {
  const program = fileURLToPath(new URL('writing-process.ts', import.meta.url));
  const child = spawn(process.execPath, [program, path, String(first), ...(zstd ? ['--zstd'] : [])], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  atEnd(t, () => child.kill('SIGKILL'));
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  await until('it has written enough', () => Number(said.split('\n').at(-2) ?? 0) >= enough);
  child.kill('SIGKILL');
  await once(child, 'close');
  return Number(said.split('\n').at(-2));
}

for (const zstd of [false, true])
  test(
    `a process that is killed leaves all that it wrote${zstd ? ', and the zstd of Debian reads it' : ''}`,
    needs('linux', ...(zstd ? (['zstd'] as const) : [])),
    async (t) => {
      const random = seeded(t);
      const folder = temporaryFolder(t);
      const path = join(folder, 'web.pcapng');
      let first = 0;
      for (let round = 0; round < 4; round += 1) {
        const said = await writeAndKill(t, path, first, first + 500 + random.below(3000), zstd);
        const last = join(folder, namesIn(folder).at(-1) ?? '');
        // it may have been killed before it wrote the beginning
        if ((await mendCaptureFile(last)) === 'empty') rmSync(last);
        const numbers = numbersIn(folder);
        assert.ok(numbers.length >= said, `${numbers.length} packets are there, and ${said} were written`);
        assert.deepEqual(numbers, range(0, numbers.length));
        if (zstd) execFileSync('zstd', ['--test', '-q', ...namesIn(folder).map((name) => join(folder, name))]);
        first = numbers.length;
      }
      assert.ok(namesIn(folder).length > 4);
    },
  );
