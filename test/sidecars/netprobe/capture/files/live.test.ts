import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import { temporaryFolder } from '#harness/folder.ts';
import { temporaryMount } from '#harness/mount.ts';
import { NetworkNamespace } from '#harness/namespace.ts';
import { needs } from '#harness/needs.ts';
import { namesIn, range } from './numbered-packets.ts';

/** The numbers of the datagrams of a folder, which stand behind the headers of Ethernet, IP and UDP, in the order of its files. */
function datagramsIn(folder: string): number[] {
  const numbers: number[] = [];
  for (const name of namesIn(folder).filter((one) => one !== 'ballast')) {
    const stored = readFileSync(join(folder, name));
    const bytes = name.endsWith('.zst') ? zstdDecompressSync(stored) : stored;
    for (let at = 0; at < bytes.length; at += bytes.readUInt32LE(at + 4)) {
      assert.ok(at + 12 <= bytes.length && at + bytes.readUInt32LE(at + 4) <= bytes.length, `${name} is whole`);
      if (bytes.readUInt32LE(at) === 6) numbers.push(bytes.readUInt32BE(at + 28 + 42));
    }
  }
  return numbers;
}

/** Captures datagrams of loopback into files of a folder. */
async function capture(t: TestContext, folder: string, ...flags: string[]) {
  const namespace = new NetworkNamespace(t);
  const capturing = namespace.sidecar('netprobe', {}, [
    ...['capture', '-i', 'lo', `--write=${join(folder, 'web.pcapng')}`, ...flags, 'udp port 9'],
  ]);
  await capturing.says('capturing');
  const flood = (count: number) =>
    namespace.program(new URL('../ring/programs/talk.ts', import.meta.url), 'udp', '127.0.0.1', String(count), '400').ended;
  const result = () => capturing.log.find(({ msg }) => String(msg).startsWith('captured'));
  return { capturing, flood, result };
}

describe('netprobe capture -w', needs('linux', 'root'), () => {
  for (const flags of [
    ['--rotate-size=64Ki', '--rotate-every=1s'],
    ['--rotate-size=64Ki', '--zstd'],
  ])
    test(`${flags.join(' ')}: each packet that the kernel handed over is in one file, in order`, async (t) => {
      const folder = temporaryFolder(t);
      const { capturing, flood, result } = await capture(t, folder, ...flags);
      const count = 4000;
      await flood(count);
      assert.equal((await capturing.stop()).code, 0);
      // these datagrams are much the same, and what is compressed may be in one
      if (!flags.includes('--zstd')) assert.ok(namesIn(folder).length >= 20, namesIn(folder).join());
      const numbers = datagramsIn(folder);
      assert.deepEqual([result()?.captured, result()?.dropped], [count, 0]);
      assert.deepEqual(numbers, range(0, count));
    });

  test('a disk that becomes full ends it with 1, says what is not written, and the file is whole', async (t) => {
    const folder = temporaryMount(t, 'size=1m');
    const { capturing, flood, result } = await capture(t, folder);
    await flood(4000);
    const { code } = await capturing.ended;
    assert.equal(code, 1);
    const last = String(capturing.log.at(-1)?.msg);
    assert.match(last, /nothing more can be written behind .*\/web\.pcapng: the disk is full; make room, or give --disk/);
    const { captured, unwritten } = result() as { captured: number; unwritten: number };
    const numbers = datagramsIn(folder);
    assert.ok(numbers.length > 1500, `${numbers.length} packets`);
    assert.deepEqual(numbers, range(0, captured - unwritten));
  });

  test('a disk that becomes full with --files: the oldest go, and what came last is there', async (t) => {
    const folder = temporaryMount(t, 'size=1m');
    const { capturing, flood, result } = await capture(t, folder, '--files=1000', '--rotate-size=100Ki');
    await flood(4000);
    const { code, stderr } = await capturing.stop();
    assert.equal(code, 0, stderr);
    assert.ok(capturing.log.some(({ msg }) => /is full: the oldest files go/.test(String(msg))));
    assert.equal(result()?.captured, 4000);
    const numbers = datagramsIn(folder);
    assert.ok(numbers.length > 1500, `${numbers.length} packets`);
    assert.deepEqual(numbers, range(4000 - numbers.length, 4000));
  });
});
