// Docker's json-file: what a line tells, lines that Docker cut, streams that interleave, what is no line of it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Random, seeded } from '#harness/random.ts';
import { until } from '#harness/until.ts';
import { lokiFormat } from '../../../sidecars/logs/record/loki-format.ts';
import { ndjson } from '../../../sidecars/logs/record/ndjson.ts';
import { noProgress } from '../../../sidecars/logs/record/recorder.ts';
import { recorderFor } from '../../../sidecars/logs/record/recorders.ts';
import { asIs, followed, messagesOf, readAt, recordAll, recordsOf, unread } from './recording.ts';
import { append, scene, settle } from './scene.ts';

const time = '2026-01-02T03:04:05.678901234Z';
const settings = { format: 'docker' } as const;

/** A line as Docker writes it. */
function line(log: string, stream = 'stdout', attrs?: Record<string, string>): string {
  return `${JSON.stringify({ log, stream, attrs, time })}\n`;
}

/** What an application wrote to one stream, cut as Docker cuts it. */
function cut(text: string, stream = 'stdout', size = 16_384): string[] {
  const parts: string[] = [];
  for (let from = 0; from < text.length; from += size) parts.push(line(text.slice(from, from + size), stream));
  return parts;
}

describe('a line', () => {
  test('tells message, stream and time', () => {
    const { records } = recordsOf(line('hello\n') + line('CR too\r\n', 'stderr') + line('\n'), settings);
    const rest = { time, file: 'app.log', host: 'web1' };
    assert.deepEqual(records, [
      { ...rest, message: 'hello', stream: 'stdout' },
      { ...rest, message: 'CR too', stream: 'stderr' },
      { ...rest, message: '', stream: 'stdout' },
    ]);
  });

  test('attrs are a field of that name, whose message is not lost', () => {
    const attrs = { tag: 'web "1"', env: 'prod' };
    const [record] = recordsOf(line('a "quoted" \\ é\n', 'stdout', attrs), settings).records;
    assert.deepEqual([record?.message, record?.attrs, record?.stream], ['a "quoted" \\ é', attrs, 'stdout']);
  });

  test('escapes are decoded; half of a surrogate pair is U+FFFD', () => {
    const text = String.raw`{"log":"\u00e9 \ud83d\ude00 \ud83d \ude00 \u0000\u001b[1m \u2028 \/ \t\n","stream":"stdout","time":"${time}"}`;
    assert.deepEqual(messagesOf(text, settings), ['é 😀 \ufffd \ufffd \0\u001b[1m \u2028 / \t']);
  });

  test('without a time, or with none that a clock shows, it has the time of reading', () => {
    const texts = [
      '{"log":"a\\n"}',
      '{"log":"b\\n","time":"soon"}',
      '{"log":"c\\n","time":7,"stream":1}',
      '{"log":"d\\n","stream":"x"}',
    ];
    for (const { time, stream } of recordsOf(texts.join('\n'), settings).records) {
      assert.deepEqual([time, stream], [readAt.toISOString(), undefined]);
    }
  });

  test('what is none is a message as it stands', () => {
    const texts = ['', ' ', '{', '{"log":', '{"log":1}', '{}', 'null', '[1]', '"log"', 'plain', '{"log":"a\\n"', '\u0000'];
    assert.deepEqual(messagesOf(`${texts.join('\n')}\n`, settings), texts);
  });

  test('ill-formed UTF-8 is repaired and counted', () => {
    const bytes = Buffer.concat([Buffer.from('{"log":"a'), Buffer.from([0xff, 0xe2, 0x82]), Buffer.from('\\n"}\n')]);
    const { records, repaired } = recordsOf(bytes, settings);
    assert.deepEqual([records[0]?.message, repaired], ['a\ufffd\ufffd', 2]);
  });
});

describe('lines that Docker cut', () => {
  test('are one record, of each stream for itself', () => {
    const long = 'o'.repeat(40_000);
    const errors = 'e'.repeat(40_000);
    const [a, b, c] = cut(`${long}\n`);
    const [x, y, z] = cut(`${errors}\n`, 'stderr');
    const { records } = recordsOf([a, x, line('between\n', 'other'), b, y, z, c, line('after\n')].join(''), settings);
    assert.deepEqual(
      records.map(({ message, stream }) => [message, stream]),
      [
        [long, 'stdout'],
        [errors, 'stderr'],
        ['between', undefined],
        ['after', 'stdout'],
      ],
    );
  });

  test('a message of more than LOGS_MAX_LINE goes out in marked pieces', () => {
    const long = Array.from({ length: 300 * 4096 }, (_, index) => String(index % 10_000).padStart(4, '.')).join('');
    const file = Buffer.from(`${line('before\n')}${cut(`${long}\n`).join('')}${line('after\n')}`);
    const { records } = recordsOf(file, settings);
    const pieces = records.slice(1, -1);
    assert.equal(pieces.map(({ message }) => message).join(''), long);
    assert.ok(pieces.length > 18 && pieces.length < 24, String(pieces.length));
    assert.deepEqual(
      pieces.map(({ partial_ordinal, partial_last, partial_id }) => [partial_ordinal, partial_last, partial_id]),
      pieces.map((_, index) => [index + 1, index === pieces.length - 1, `1:2:${line('before\n').length}`]),
    );
    assert.deepEqual([records[0]?.message, records.at(-1)?.message], ['before', 'after']);
    assert.equal(records.at(-1)?.partial_message, undefined);
  });

  test('a part of more than LOGS_MAX_LINE is cut where no character is', () => {
    const { records } = recordsOf(line(`${'é'.repeat(100)}\n`), { ...settings, maxLine: 65 });
    assert.deepEqual(
      records.map(({ message }) => String(message).length),
      [32, 32, 32, 4],
    );
    assert.deepEqual(
      records.map(({ partial_last }) => partial_last),
      [false, false, false, true],
    );
  });

  test('the last part is waited for, unless nothing follows', () => {
    const [a, b] = cut(`${'x'.repeat(20_000)}\n`);
    const half = recordsOf(line('one\n') + a, settings, { final: false });
    assert.deepEqual([half.records.length, half.cursor.offset], [1, line('one\n').length]);
    assert.deepEqual(messagesOf(line('one\n') + a, settings), ['one', 'x'.repeat(16_384)]);
    assert.deepEqual(messagesOf(`${a}${b}`, settings), ['x'.repeat(20_000)]);
  });

  test('a line that is cut for ever does not keep the other stream waiting for ever', () => {
    const recorder = recorderFor(unread, ndjson('web1', {}), { ...asIs, ...settings, multilineWait: 1000 });
    const chunk = Buffer.from(line('no end') + line('of the other\n', 'stderr'));
    const output = Buffer.alloc(4096);
    const progress = noProgress();
    const read = (seconds: number) => {
      const at = new Date(readAt.getTime() + 1000 * seconds);
      const stretch = { chunk, from: 0, to: chunk.length, cursor: { offset: 0 }, final: 'no', time: at } as const;
      recorder.record(stretch, output, 0, output.length, progress);
      return [progress.records, progress.consumed, recorder.holds];
    };
    assert.deepEqual(read(0), [0, 0, true]);
    assert.deepEqual(read(1), [0, 0, true]);
    assert.deepEqual(read(1.5), [2, chunk.length, false]);
    assert.match(output.toString(), /"message":"no end".*"partial_last":false/);
    assert.deepEqual(progress.piece, { lineStart: 0, ordinal: 1 });
  });

  test('goes on after a restart inside of an overlong one, in the stream that it belongs to', (t) => {
    const long = 'abcdefgh'.repeat(100);
    const parts = cut(`${long}\n`, 'stderr', 100);
    const file = Buffer.from(parts.flatMap((part, index) => [part, line(`other ${index}\n`)]).join(''));
    const some = { ...settings, maxLine: 250 };
    const { records, cursors } = recordsOf(file, some);
    const whole = records.filter(({ stream }) => stream === 'stderr').map(({ message }) => message);
    assert.equal(whole.join(''), long);
    for (const from of cursors) {
      const recorder = recorderFor(followed(t, file), ndjson('web1', {}), { ...asIs, ...some });
      const again = recordAll(recorder, file, 250, { from }).records;
      const rest = again.filter(({ stream }) => stream === 'stderr').map(({ message }) => message);
      assert.ok(long.endsWith(rest.join('')) || rest.length === 0, `from ${from.offset}`);
      for (const { message, stream, partial_message } of again) {
        if (stream === 'stdout') assert.deepEqual([String(message).startsWith('other'), partial_message], [true, undefined]);
      }
      const others = again.filter(({ stream }) => stream === 'stdout').length;
      const before = records.filter(({ stream }) => stream === 'stdout').length;
      assert.ok(others <= before && (from.offset > 0 || others === before));
    }
  });
});

test('in Loki each stream of the container is a stream', () => {
  const format = lokiFormat({ host: 'web1', labels: {}, fields: ['file', 'host', 'stream'] });
  const recorder = recorderFor(unread, format, { ...asIs, ...settings });
  const chunk = Buffer.from(line('one\n') + line('two\n', 'stderr') + line('three\n', 'stderr'));
  const output = Buffer.alloc(4096);
  const progress = noProgress();
  const groups: string[] = [];
  const counts: number[] = [];
  for (let from = 0; from < chunk.length; from += progress.consumed) {
    const group = String(Buffer.from(recorder.group ?? []));
    recorder.record(
      { chunk, from, to: chunk.length, cursor: { offset: from }, final: 'no', time: readAt },
      output,
      0,
      4096,
      progress,
    );
    if (progress.records > 0) {
      groups.push(group);
      counts.push(progress.records);
    }
  }
  assert.deepEqual(counts, [1, 2]);
  assert.match(groups[0] ?? '', /"stream":"stdout"/);
  assert.match(groups[1] ?? '', /"stream":"stderr"/);
});

/** Lines of Docker, with some that are none, and bytes of all kinds. */
function randomFile({ below, pick }: Random): Buffer {
  const parts: Buffer[] = [];
  for (let count = below(20); count >= 0; count -= 1) {
    const end = pick(['\n', '\n', '\r\n', '', '']);
    const text = pick(['', 'a', 'é😀', 'x'.repeat(below(200)), '"\\\t', '\ud800', '\n']);
    const whole = Buffer.from(line(text + end, pick(['stdout', 'stderr', 'other'])));
    if (below(4) === 0) for (let hits = 0; hits < 3; hits += 1) whole[below(whole.length)] = below(256);
    parts.push(below(8) === 0 ? whole.subarray(0, below(whole.length)) : whole);
  }
  return Buffer.concat(parts);
}

test('whatever the bytes are, every line is in one record, and chunks do not matter', (t) => {
  const random = seeded(t);
  for (let round = 0; round < 150; round += 1) {
    const file = randomFile(random);
    const some = { ...settings, maxLine: 64 + random.below(200) };
    const expected = recordsOf(file, some);
    assert.deepEqual(expected.cursor, { offset: file.length });
    const actual = recordsOf(file, some, { grow: () => 1 + random.below(200), room: () => 80 + random.below(1000) });
    assert.equal(actual.text, expected.text, JSON.stringify(file.toString('latin1')));
    const length = expected.records.reduce((sum, { message }) => sum + String(message).length, 0);
    const inFile = file
      .toString()
      .split('\n')
      .reduce((sum, text) => sum + charactersOf(text), 0);
    assert.equal(length, inFile, JSON.stringify(file.toString('latin1')));
  }
});

/** How many characters of a line are to arrive. */
function charactersOf(text: string): number {
  const bare = text.replace(/\r$/, '');
  try {
    const { log } = JSON.parse(bare);
    if (typeof log === 'string') return Buffer.from(log.replace(/\r?\n$/, '')).toString().length;
  } catch {
    // it is a message as it stands
  }
  return bare.length;
}

test('lines of a container through a real sidecar, killed inside of a line that Docker cut', async (t) => {
  const { receiver, path, start } = await scene(t);
  const [a = '', b = '', c = ''] = cut(`${'x'.repeat(40_000)}\n`);
  append(path('app.log'), line('first\n') + a);
  append(path('app.log'), line('error\n', 'stderr') + b);
  const killed = start();
  await receiver.got(1);
  await settle();
  await killed.stop('SIGKILL');
  append(path('app.log'), `${c}${line('last\n')}`);
  start();
  await until('the last arrived', () => receiver.messages.includes('last'));
  assert.deepEqual(new Set(receiver.messages), new Set(['first', 'x'.repeat(40_000), 'error', 'last']));
});
