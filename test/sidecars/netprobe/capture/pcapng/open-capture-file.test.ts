import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { captureFileChunks } from '../../../../../sidecars/netprobe/capture/pcapng/open-capture-file.ts';
import { pcapFile } from './capture-bytes.ts';

/** Packets that do not compress, so that there are many pieces. */
const file = pcapFile(Array.from({ length: 3000 }, (_, index) => ({ bytes: randomBytes(200), seconds: index })));

/** All that is read of a file, and why it ended early. */
async function readAll(path: string, signal = new AbortController().signal): Promise<{ bytes: Buffer; error: unknown }> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of captureFileChunks(path, signal)) chunks.push(Buffer.from(chunk));
  } catch (error) {
    return { bytes: Buffer.concat(chunks), error };
  }
  return { bytes: Buffer.concat(chunks), error: undefined };
}

function written(t: TestContext, bytes: Uint8Array): string {
  const path = join(temporaryFolder(t), 'file');
  writeFileSync(path, bytes);
  return path;
}

const compressed = {
  'as it is': file,
  gzip: gzipSync(file),
  'gzip of two parts': Buffer.concat([gzipSync(file.subarray(0, 1000)), gzipSync(file.subarray(1000))]),
  zstd: zstdCompressSync(file),
  'zstd of two parts': Buffer.concat([zstdCompressSync(file.subarray(0, 1000)), zstdCompressSync(file.subarray(1000))]),
};

describe('the bytes of a file of packets come', () => {
  for (const [how, bytes] of Object.entries(compressed))
    test(`from ${how}`, async (t) => {
      const read = await readAll(written(t, bytes));
      assert.equal(read.error, undefined);
      assert.ok(read.bytes.equals(file));
    });

  for (const how of ['as it is', 'gzip', 'zstd'] as const)
    test(`from the standard input, ${how}, in small pieces`, async () => {
      const program = fileURLToPath(new URL('../programs/read-input.ts', import.meta.url));
      const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
      assert.ok(child.stdin && child.stdout);
      const said = text(child.stdout);
      for (let at = 0; at < 9; at += 1) child.stdin.write(compressed[how].subarray(at, at + 1));
      child.stdin.end(compressed[how].subarray(9));
      assert.equal(await said, `${file.length}\n`);
    });

  for (const how of ['gzip', 'zstd'] as const)
    test(`from ${how} that is cut, as far as they go`, async (t) => {
      const bytes = compressed[how];
      const read = await readAll(written(t, bytes.subarray(0, Math.floor(bytes.length / 2))));
      assert.ok(read.bytes.length > file.length / 4, `${read.bytes.length} of ${file.length}`);
      assert.ok(file.subarray(0, read.bytes.length).equals(read.bytes));
      assert.match(
        String(read.error),
        /^Exit: \/.* ends early: it was cut, or is still being written; all packets before that were read$/,
      );
    });

  test('until it is enough', async (t) => {
    const controller = new AbortController();
    let read = 0;
    for await (const chunk of captureFileChunks(written(t, file), controller.signal)) {
      read += chunk.length;
      controller.abort();
    }
    assert.ok(read < file.length);
    assert.deepEqual((await readAll('/nowhere', AbortSignal.abort())).error, undefined);
  });
});

test('what cannot be read is named, with what to do', async (t) => {
  const folder = temporaryFolder(t);
  const errorOf = async (path: string) => (await readAll(path)).error as Error & { code: number };
  const absent = await errorOf(join(folder, 'absent'));
  assert.match(absent.message, /absent is not there: name a file of pcapng or pcap, or - for the standard input$/);
  assert.equal(absent.code, 64);
  mkdirSync(join(folder, 'folder'));
  const inside = await errorOf(join(folder, 'folder'));
  assert.match(inside.message, /is a folder: name a file/);
  assert.equal(inside.code, 64);
  const broken = gzipSync(file);
  broken.fill(0x55, 100, 200);
  const spoiled = await errorOf(written(t, broken));
  assert.match(spoiled.message, /cannot be decompressed \(.*\): copy it anew/);
  assert.equal(spoiled.code, 1);
});

test('what may not be read says who may not', needs('linux', 'root'), async (t) => {
  const path = written(t, file);
  chmodSync(path, 0o600);
  chmodSync(join(path, '..'), 0o755);
  const program = fileURLToPath(new URL('../programs/read-input.ts', import.meta.url));
  const child = spawn(process.execPath, [program, path], { uid: 65_532, gid: 65_532, stdio: ['ignore', 'pipe', 'ignore'] });
  assert.ok(child.stdout);
  assert.match(await text(child.stdout), /file may not be read \(EACCES\): let user 65532 read it, or add --user 0$/m);
});
