import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { temporaryFolder } from '#harness/folder.ts';
import { seeded } from '#harness/random.ts';
import type { ClosedFile, FilesPlan } from '../../../../../sidecars/netprobe/capture/files/plan.ts';
import type { RecorderPlan } from '../../../../../sidecars/netprobe/capture/recorder/plan.ts';
import { RecorderSink } from '../../../../../sidecars/netprobe/capture/recorder/recorder-sink.ts';
import type { Told } from '../../../../../sidecars/netprobe/capture/ring/messages.ts';
import type { Section } from '../../../../../sidecars/netprobe/capture/sink.ts';
import { contentsOf, describeInterface, enhancedPacket, type NumberedPacket, sectionWith } from './packets.ts';

/** An Interface Statistics Block of nothing. */
const statistics = Buffer.from('050000001800000000000000000000000000000018000000', 'hex');

/** A recorder whose clock the test moves, and what it tells. */
class Recording {
  readonly folder: string;
  readonly sink: RecorderSink;
  readonly closed: ClosedFile[] = [];
  readonly warnings: string[] = [];
  /** In milliseconds since 1970. */
  now = 1_800_000_000_000;
  #interfaces = 0;

  constructor(t: TestContext, plan: Partial<Omit<RecorderPlan, 'files'>> = {}, files: Partial<FilesPlan> = {}) {
    this.folder = temporaryFolder(t);
    const path = join(this.folder, 'saved.pcapng');
    const bounds = { numbered: true, size: undefined, every: undefined, count: undefined, disk: undefined, zstd: false };
    const section: Section = {
      head: (comments = []) =>
        Buffer.concat([sectionWith(comments.join('\n')), ...Array.from({ length: this.#interfaces }, describeInterface)]),
      tail: () => statistics,
    };
    const tell = (told: Told) => {
      if (told.type === 'closed') this.closed.push(told.file);
      else if (told.type === 'warning') this.warnings.push(told.message);
    };
    this.sink = new RecorderSink(
      { keep: 60_000, memory: 2 ** 20, after: 5000, ...plan, files: { path, ...bounds, ...files } },
      section,
      tell,
      () => this.now,
    );
  }

  /** Packets come; before the first ones of an interface comes its description. */
  write(packets: readonly NumberedPacket[], isNew = false): void {
    const time = Number((packets.at(-1)?.time ?? 0n) / 1_000_000n);
    if (isNew) {
      this.sink.write(describeInterface(), 0, time);
      this.#interfaces += 1;
    }
    this.sink.write(Buffer.concat(packets.map(enhancedPacket)), packets.length, time);
  }

  /** What is in each file, in the order of their names. */
  get files(): ReturnType<typeof contentsOf>[] {
    return readdirSync(this.folder)
      .sort()
      .map((name) => contentsOf(readFileSync(join(this.folder, name))));
  }

  /** The numbers of the packets in each file. */
  get numbers(): number[][] {
    return this.files.map(({ packets }) => packets.map(({ number }) => number));
  }
}

/** A packet that was seen at a time in milliseconds. */
function packet(number: number, time: number, size = 60): NumberedPacket {
  return { number, time: BigInt(time) * 1_000_000n, size };
}

describe('a flight recorder', () => {
  test('saves what was seen in the last seconds, and what comes for a while', (t) => {
    const recording = new Recording(t);
    const { sink, now } = recording;
    recording.write([packet(0, now - 60_001), packet(1, now - 60_000), packet(2, now - 59_999)], true);
    recording.write([packet(3, now - 1), packet(4, now)]);
    assert.deepEqual(recording.files, [], 'nothing happened yet');
    sink.save('SIGUSR1');
    // was in the ring of the kernel when it happened
    recording.write([packet(5, now), packet(6, now + 4999)]);
    recording.write([packet(7, now + 5000), packet(8, now + 5001)]);
    assert.equal(recording.closed.length, 1, 'what comes later closes it');
    recording.write([packet(9, now + 5002)]);
    assert.deepEqual(recording.numbers, [[2, 3, 4, 5, 6, 7]]);
    assert.equal(recording.closed[0]?.packets, 6);
    assert.deepEqual([recording.closed[0]?.first, recording.closed[0]?.last], [now - 59_999, now + 5000]);
  });

  test('says in the file why, when, and how far back it reaches', (t) => {
    const recording = new Recording(t);
    recording.write([packet(0, recording.now - 12_345)], true);
    recording.sink.save('http://web/ fails: HTTP 503');
    recording.sink.close();
    const words =
      'netprobe flight recorder, saved at 2027-01-15T08:00:00.000Z; it begins 12.345 s before: http://web/ fails: HTTP 503';
    assert.equal(recording.files[0]?.comment, words);
  });

  test('has each interface once in each file, and statistics at its end', (t) => {
    const recording = new Recording(t);
    const { now } = recording;
    recording.write([packet(0, now)], true);
    recording.write([packet(1, now)], true);
    recording.sink.save('once');
    recording.write([packet(2, now + 1)], true);
    recording.write([packet(3, now + 6000)]);
    recording.now += 6000;
    recording.sink.save('twice');
    recording.sink.close();
    assert.deepEqual(
      recording.files.map(({ types }) => types),
      [
        [0x0a0d0d0a, 1, 1, 6, 6, 1, 6, 5],
        [0x0a0d0d0a, 1, 1, 1, 6, 5],
      ],
    );
  });

  test('closes a file when its time is over, also where nothing comes', (t) => {
    const recording = new Recording(t);
    const { now } = recording;
    recording.write([packet(0, now)], true);
    recording.sink.save('SIGUSR1');
    recording.sink.tick(now + 6000);
    assert.equal(recording.closed.length, 0, 'a packet may be on its way');
    recording.sink.tick(now + 6001);
    assert.equal(recording.closed.length, 1);
  });

  test('goes on for longer where it happens again meanwhile, and tells why', (t) => {
    const recording = new Recording(t);
    const { now } = recording;
    recording.write([packet(0, now)], true);
    recording.sink.save('first');
    recording.now = now + 3000;
    recording.sink.save('second');
    recording.sink.tick(now + 7000);
    recording.write([packet(1, now + 8000), packet(2, now + 8001)]);
    assert.deepEqual(recording.numbers, [[0, 1]]);
    assert.deepEqual(recording.warnings, ['second: the file that is being written goes on for longer']);
  });

  test('ends a file that would go on and on, and loses nothing between it and the next', (t) => {
    const recording = new Recording(t, { keep: 10_000, after: 5000 });
    const begun = recording.now;
    let number = 0;
    for (; recording.now < begun + 60_000; recording.now += 1000) {
      recording.write([packet(number, recording.now)], number === 0);
      recording.sink.save('again');
      number += 1;
    }
    recording.sink.close();
    assert.deepEqual(
      recording.numbers.flat(),
      Array.from({ length: number }, (_, index) => index),
    );
    assert.equal(recording.numbers.length, 4);
  });

  test('keeps to the number of files, over all that it saves', (t) => {
    const recording = new Recording(t, {}, { count: 2 });
    for (let number = 0; number < 5; number += 1) {
      recording.write([packet(number, recording.now)], number === 0);
      recording.sink.save('SIGUSR1');
      recording.now += 10_000;
      recording.sink.tick(recording.now);
    }
    assert.deepEqual(recording.numbers, [[3], [4]]);
  });

  test('keeps to the bytes of files, over all that it saves', (t) => {
    const recording = new Recording(t, { memory: 2 ** 22 }, { disk: 2 ** 20 });
    for (let number = 0; number < 40; number += 1) {
      recording.write([packet(number, recording.now, 100_000)], number === 0);
      recording.sink.save('SIGUSR1');
      recording.now += 10_000;
      recording.sink.tick(recording.now);
    }
    assert.deepEqual(recording.numbers.flat(), [30, 31, 32, 33, 34, 35, 36, 37, 38, 39]);
  });

  test('tells once that its memory is too small, and how far it reaches', (t) => {
    const recording = new Recording(t, { keep: 60_000, memory: 2 ** 20 });
    const { now } = recording;
    for (let number = 0; number < 3000; number += 1)
      recording.write([packet(number, now - 30_000 + number * 10, 968)], number === 0);
    assert.deepEqual(recording.warnings, [
      '--keep-memory=1Mi holds only the last 10.5 s of 1m; give more, or keep less by a filter, --snap-length or --headers-only',
    ]);
    recording.sink.save('SIGUSR1');
    recording.sink.close();
    const [numbers = []] = recording.numbers;
    assert.ok(numbers.length > 1000 && numbers.length <= 1048, `${numbers.length} of 1000 bytes are in 1 MiB`);
    assert.deepEqual(
      numbers,
      Array.from({ length: numbers.length }, (_, index) => 3000 - numbers.length + index),
      'they are the last ones',
    );
  });

  test('goes on where it cannot write, and writes what it still has when it can again', (t) => {
    const recording = new Recording(t);
    const { folder, now } = recording;
    recording.write([packet(0, now)], true);
    renameSync(folder, `${folder}-away`);
    recording.sink.save('SIGUSR1');
    assert.match(recording.warnings[0] ?? '', /^what happened is not saved as a whole: .* there is no folder /);
    renameSync(`${folder}-away`, folder);
    recording.write([packet(1, now + 1)]);
    recording.sink.save('SIGUSR1');
    recording.sink.close();
    assert.deepEqual(recording.numbers, [[0, 1]]);
  });

  test('tells at the beginning that it could not write', (t) => {
    const folder = temporaryFolder(t);
    const path = join(folder, 'nowhere', 'saved.pcapng');
    assert.throws(() => new Recording(t, {}, { path }), /there is no folder .*nowhere/);
    mkdirSync(join(folder, 'nowhere'));
    new Recording(t, {}, { path });
    rmSync(join(folder, 'nowhere'), { recursive: true });
  });

  for (const after of [0, 700, 20_000])
    test(`has in its files what a model has, with ${after} ms after each`, (t) => {
      const random = seeded(t);
      const keep = 5000;
      const recording = new Recording(t, { keep, after, memory: 2 ** 22 });
      const { sink } = recording;
      const all: NumberedPacket[] = [];
      /** From and until when packets are in a file, in ms; the first is not in it any more. */
      const spans: { from: number; until: number; begun: number }[] = [];
      /** Seen, and in the ring of the kernel still. */
      let ring: NumberedPacket[] = [];
      for (let step = 0; step < 3000; step += 1) {
        recording.now += random.below(200);
        const { now } = recording;
        const deed = random.weighted({ see: 30, deliver: 10, tick: 10, save: 1 });
        if (deed === 'see')
          for (let count = random.below(20); count >= 0; count -= 1) {
            const seen = Math.max(now, Number((all.at(-1)?.time ?? 0n) / 1_000_000n));
            const one = packet(all.length, seen, 4 + random.below(400));
            all.push(one);
            ring.push(one);
          }
        if (deed === 'deliver' || deed === 'tick') {
          if (ring.length > 0) recording.write(ring, step < 50 || random.below(50) === 0);
          ring = [];
        }
        if (deed === 'tick') sink.tick(now);
        if (deed === 'save') {
          const last = spans.at(-1);
          const isOpen = recording.closed.length < spans.length;
          if (last !== undefined && isOpen && now - last.begun <= keep + after) last.until = now + after;
          else {
            if (last !== undefined && isOpen)
              last.until = Math.min(last.until, Number((all.at(-ring.length - 1)?.time ?? 0n) / 1_000_000n));
            spans.push({ from: Math.max(now - keep, last?.until ?? 0), until: now + after, begun: now });
          }
          sink.save('SIGUSR1');
        }
      }
      if (ring.length > 0) recording.write(ring);
      sink.close();
      const expected = spans.map(({ from, until }) =>
        all
          .filter(({ time }) => time > BigInt(from) * 1_000_000n && time <= BigInt(until) * 1_000_000n)
          .map(({ number }) => number),
      );
      assert.deepEqual(recording.numbers, expected);
      assert.ok(spans.length > 5, `${spans.length} files`);
    });
});
