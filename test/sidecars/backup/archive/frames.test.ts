import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { constants, zstdCompressSync } from 'node:zlib';
import { needs } from '#harness/needs.ts';
import { seeded } from '#harness/random.ts';
import { decompress, FrameError } from '../../../../sidecars/backup/archive/decompress.ts';
import { Frames } from '../../../../sidecars/backup/archive/frames.ts';
import type { ByteSink } from '../../../../sidecars/backup/bytes.ts';
import { all, inChunks, Kept } from '../bytes.ts';

const blockBytes = 4096;

/** Text that compresses, as long as asked for. */
function text(length: number): Buffer {
  return Buffer.from(Array.from({ length: Math.ceil(length / 8) }, (_, index) => `${index * 7919}`.padEnd(8)).join('')).subarray(
    0,
    length,
  );
}

async function compressed(plain: Buffer, options = {}): Promise<Buffer> {
  const kept = new Kept();
  const frames = new Frames(kept, { blockBytes, ...options });
  await frames.write(plain);
  await frames.end();
  assert.ok(kept.ended);
  return kept.bytes;
}

for (const length of [0, 1, blockBytes - 1, blockBytes, blockBytes + 1, 20 * blockBytes + 5]) {
  test(`${length} bytes come back, and are counted and hashed`, async () => {
    const plain = text(length);
    const kept = new Kept();
    const frames = new Frames(kept, { blockBytes });
    for (let at = 0; at < length; at += 777) await frames.write(plain.subarray(at, at + 777));
    assert.equal(frames.position, length);
    await frames.end();
    assert.deepEqual(frames.total, {
      plainBytes: length,
      plainSha256: createHash('sha256').update(plain).digest('hex'),
      frames: Math.ceil(length / blockBytes),
    });
    assert.ok((await all(decompress(inChunks(kept.bytes, 100)))).equals(plain));
  });
}

test('the zstd command reads all frames in one go', needs('zstd'), async () => {
  const plain = text(30 * blockBytes + 7);
  const [stored, incompressible] = await Promise.all([
    compressed(plain),
    compressed(Buffer.from(plain.map((byte, at) => byte ^ (at * at * 31)))),
  ]);
  assert.ok(execFileSync('zstd', ['-dcq'], { input: stored }).equals(plain));
  execFileSync('zstd', ['-tq'], { input: incompressible });
});

test('the frames are the same whatever number of lanes makes them: none is left to the threads of zstd', async () => {
  const plain = text(50 * blockBytes);
  const [one, ...others] = await Promise.all([1, 2, 3, 4].map((lanes) => compressed(plain, { lanes })));
  for (const other of others) assert.ok(one?.equals(other));
});

test('a result that is larger than the room for it comes out whole', async (t) => {
  const { below } = seeded(t);
  // noise takes more room than it has, so that results lie across the lane's buffers
  const plain = Buffer.from(Array.from({ length: 64 * blockBytes }, () => below(256)));
  assert.ok((await all(decompress(inChunks(await compressed(plain))))).equals(plain));
});

test('memory is bounded while the sink is slow, and what it fails with comes with the next block', async () => {
  let release = () => {};
  let written = 0;
  const slow: ByteSink = {
    write: async () => {
      written += 1;
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      if (written === 3) throw new Error('the store is full');
    },
    end: async () => {},
  };
  const frames = new Frames(slow, { blockBytes, lanes: 2 });
  let swaps = 0;
  const filling = (async () => {
    for (;;) {
      frames.used = blockBytes;
      await frames.swap();
      swaps += 1;
    }
  })();
  filling.catch(() => {});
  for (let round = 0; round < 200; round += 1) await turn();
  // lanes and two more are all the blocks there are, of which the last one is being filled
  assert.equal(swaps, 3);
  for (let round = 0; round < 50; round += 1) {
    release();
    await turn();
  }
  await assert.rejects(filling, /the store is full/);
  assert.equal(written, 3);
  await assert.rejects(frames.end(), /the store is full/);
});

test('whatever is cut off or changed of what was stored is an error that says in which frame, or makes no difference', async (t) => {
  const { below } = seeded(t);
  const plain = text(6 * blockBytes + 100);
  const stored = await compressed(plain);
  const starts = await frameStarts(plain);
  assert.equal(starts.length, 7);
  const frameAt = (at: number) => starts.findLastIndex((start) => start <= at);
  const read = (bytes: Buffer) => all(decompress(inChunks(bytes, 1000)));
  const failsIn = async (bytes: Buffer, frame: number, what: string) => {
    await assert.rejects(read(bytes), (error) => {
      assert.ok(error instanceof FrameError, `${what}: ${error}`);
      assert.deepEqual(error.place, { frame, storedOffset: starts[frame], plainOffset: frame * blockBytes }, what);
      return true;
    });
  };
  await failsIn(stored.subarray(0, -1), 6, 'one byte less');
  for (let round = 0; round < 60; round += 1) {
    const at = below(stored.length);
    if (!starts.includes(at)) await failsIn(stored.subarray(0, at), frameAt(at), `cut at ${at}`);
    else assert.equal((await read(stored.subarray(0, at))).length, frameAt(at) * blockBytes);
    const flipped = Buffer.from(stored);
    flipped[at] = (flipped[at] ?? 0) ^ (1 << below(8));
    // some bits of zstd's tables are about symbols that do not occur
    const same = await read(flipped).then(
      (bytes) => bytes.equals(plain),
      () => false,
    );
    if (!same) await failsIn(flipped, frameAt(at), `a flipped bit at ${at}`);
  }
});

test('what comes before a damaged frame comes out', async () => {
  const plain = text(5 * blockBytes);
  const stored = await compressed(plain);
  const starts = await frameStarts(plain);
  stored[(starts[3] ?? 0) + 20] = (stored[(starts[3] ?? 0) + 20] ?? 0) ^ 1;
  const came: Buffer[] = [];
  await assert.rejects(async () => {
    for await (const chunk of decompress(inChunks(stored))) came.push(chunk);
  }, FrameError);
  assert.ok(Buffer.concat(came).equals(plain.subarray(0, 3 * blockBytes)));
});

for (const [what, bytes, said] of [
  ['no zstd at all', Buffer.from('this is no zstd, though it is long enough'), /there is no zstd frame/],
  [
    'a frame without a checksum',
    zstdCompressSync(text(100), { params: { [constants.ZSTD_c_checksumFlag]: 0 } }),
    /has no checksum/,
  ],
  ['a skippable frame', Buffer.from('502a4d180400000000000000', 'hex'), /there is no zstd frame/],
  [
    'a frame of 9 MiB',
    zstdCompressSync(Buffer.alloc(9 << 20), { params: { [constants.ZSTD_c_checksumFlag]: 1 } }),
    /of which 8 MiB may be/,
  ],
] as const) {
  test(`${what} is refused`, async () => {
    await assert.rejects(all(decompress(inChunks(bytes))), (error) => error instanceof FrameError && said.test(error.message));
  });
}

test('an error of the source is not taken for damage', async () => {
  const stored = await compressed(text(3 * blockBytes));
  async function* failing() {
    yield stored.subarray(0, stored.length - 10);
    throw new Error('the store does not answer');
  }
  await assert.rejects(all(decompress(failing())), /^Error: the store does not answer/);
});

test('a reader that stops early lets the source go', async () => {
  const stored = await compressed(text(20 * blockBytes));
  let closed = false;
  async function* source() {
    try {
      yield* inChunks(stored, 500);
    } finally {
      closed = true;
    }
  }
  for await (const _ of decompress(source())) break;
  assert.ok(closed);
});

/** Where each frame begins: frames know nothing of each other, so that fewer of them are the beginning of all. */
async function frameStarts(plain: Buffer): Promise<number[]> {
  const before = Array.from({ length: Math.ceil(plain.length / blockBytes) }, (_, frame) =>
    plain.subarray(0, frame * blockBytes),
  );
  return (await Promise.all(before.map((bytes) => compressed(bytes)))).map(({ length }) => length);
}
