// Lines that are joined, and lines with their time, in WebAssembly: the same records as the general recorder makes.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Random, seeded } from '#harness/random.ts';
import { bulkFormat } from '../../../sidecars/logs/record/bulk-format.ts';
import { datedLines } from '../../../sidecars/logs/record/dated-lines.ts';
import type { LineFormat } from '../../../sidecars/logs/record/format.ts';
import { GeneralRecorder } from '../../../sidecars/logs/record/general.ts';
import { lokiFormat } from '../../../sidecars/logs/record/loki-format.ts';
import { type Multiline, multiline } from '../../../sidecars/logs/record/multiline/mode.ts';
import { joinerOf } from '../../../sidecars/logs/record/multiline/rules.ts';
import { ndjson } from '../../../sidecars/logs/record/ndjson.ts';
import { plain } from '../../../sidecars/logs/record/parse/plain.ts';
import { PlainRecorder } from '../../../sidecars/logs/record/plain.ts';
import { QuickRecorder } from '../../../sidecars/logs/record/quick.ts';
import { noProgress } from '../../../sidecars/logs/record/recorder.ts';
import { arenaWithBuffers, recordInArena, recordsIn } from './in-arena.ts';
import { unread } from './recording.ts';

const format = ndjson('h', { app: 'web' });
const modes = ['off', 'indent', 'java', 'python', 'go', 'node', 'regex:^\\d'].map((text) => multiline.parse(text));

function general(format: LineFormat, mode: Multiline, maxLine: number): GeneralRecorder {
  const common = { maxLine, multilineWait: 1000, bare: true, filter: undefined, taken: new Set<string>() };
  return new GeneralRecorder(unread, format, { ...common, parse: plain, joiner: joinerOf(mode) });
}

/** Records all lines as they stand, without looking for a time. */
function untimed(mode: Multiline, maxLine: number): GeneralRecorder {
  const common = { maxLine, multilineWait: 1000, bare: true, filter: undefined, taken: new Set<string>() };
  const parse = (chunk: Buffer, from: number, to: number) => ({ message: chunk.subarray(from, to) });
  return new GeneralRecorder(unread, format, { ...common, parse, joiner: joinerOf(mode) });
}

function dated(format: LineFormat, mode: Multiline, maxLine: number): QuickRecorder {
  return new QuickRecorder(datedLines(unread, maxLine, format, joinerOf(mode)?.()), general(format, mode, maxLine));
}

const begins = [
  ...['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.678Z', '2024-02-29T23:59:59.123456789Z', '2026-01-02T03:04:05.5+01:00'],
  ...['2026-01-02 03:04:05,678+01:00', '2026-01-02t03:04:05z', '2026-01-02T03:04:05 UTC', '2026-01-02T03:04:05.1234567891Z'],
  // none of these is a time with a zone
  ...['2026-02-30T03:04:05Z', '2026-01-02T24:04:05Z', '2026-01-02T03:04:05', '2026-01-02T03:04:05Zebra', '2026-01-02T03:04:05Z.'],
  ...['2026-01-02T03:04:05Z_', '2026-01-02T03:04:05Z1', '2026-01-02', '2026-', '12026-01-02T03:04:05Z', '0-0--:'],
];
const lines = [
  ...['', ' ', '\t', 'plain', '12 begins', 'Caused by: x', '\tat com.example.A.b(A.java:1)', '\t... 12 more', '  indented'],
  ...[
    'java.lang.IllegalStateException: no',
    'Traceback (most recent call last):',
    '  File "a.py", line 1',
    '    raise X("y")',
    'X: y',
  ],
  ...['panic: boom', 'goroutine 1 [running]:', 'main.main()', '\t/a/b.go:12 +0x1d', 'Error: no', '    at f (a.js:1:2)', '}'],
  ...['"quoted" \\ ä 漢字 \u001b[0m', 'a text that is longer than a vector or two, and says nothing at all'],
];

function randomFile({ below, pick }: Random): Buffer {
  const parts: Buffer[] = [];
  for (let count = 1 + below(40); count > 0; count -= 1) {
    const text = below(3) === 0 ? `${pick(begins)}${pick(['', ' ', ']', ' ERROR '])}${pick(lines)}` : pick(lines);
    const line = Buffer.from(`${text}${below(30) === 0 ? ' is a very long line'.repeat(below(30)) : ''}`);
    if (below(20) === 0 && line.length > 0) line[below(line.length)] = 0x80 + below(128);
    parts.push(line, Buffer.from(pick(['\n', '\n', '\n', '\r\n'])));
  }
  return Buffer.concat(parts);
}

describe('lines are joined, at every size of chunk and room', () => {
  for (const mode of modes) {
    const name = multiline.format(mode);
    test(`${name}: as the general recorder joins them`, (t) => {
      const random = seeded(t);
      for (let round = 0; round < 200; round += 1) {
        const input = randomFile(random);
        const giving = { grow: 1 + random.below(2 * input.length), room: 300 + random.below(4000) };
        const maxLine = 64 + random.below(400);
        const about = `${JSON.stringify({ ...giving, maxLine })}: ${JSON.stringify(input.toString())}`;
        const plainly = recordInArena(new PlainRecorder(unread, maxLine, format, joinerOf(mode)?.()), input, giving);
        const wanted = recordInArena(untimed(mode, maxLine), input, giving);
        assert.deepEqual(recordsIn(plainly.text), recordsIn(wanted.text), about);
        assert.equal(plainly.repaired, wanted.repaired, about);
        const timed = recordInArena(dated(format, mode, maxLine), input, giving);
        const wantedTimed = recordInArena(general(format, mode, maxLine), input, giving);
        assert.deepEqual(recordsIn(timed.text), recordsIn(wantedTimed.text), about);
        assert.equal(timed.repaired, wantedTimed.repaired, about);
      }
    });
  }

  test('times as stamps of Loki, which are those of the general recorder', (t) => {
    const random = seeded(t);
    const loki = () => lokiFormat({ host: 'h', labels: {}, fields: ['file'] });
    const mode = multiline.parse('off');
    for (let round = 0; round < 500; round += 1) {
      const input = Buffer.concat([randomFile(random), Buffer.from(`${random.pick(begins)} the same\n`.repeat(random.below(4)))]);
      const giving = { grow: 1 + random.below(2 * input.length), room: 300 + random.below(4000) };
      const made = recordInArena(dated(loki(), mode, 300), input, giving);
      const wanted = recordInArena(general(loki(), mode, 300), input, { grow: giving.grow });
      assert.equal(made.text, wanted.text, `${JSON.stringify(giving)}: ${JSON.stringify(input.toString())}`);
    }
  });

  test('times in documents of Elasticsearch, whose numbers stand before them', () => {
    const bulk = bulkFormat('h', {});
    const input = Buffer.from(`${begins.slice(0, 4).join('\n')}\nnone\n`);
    const rows = recordsIn(recordInArena(dated(bulk, multiline.parse('off'), 1000), input, { room: 600 }).text);
    const documents = rows.filter((row) => 'message' in row);
    assert.deepEqual(
      documents.map((row) => row['@timestamp']),
      [...begins.slice(0, 4), '2026-05-06T07:08:09.123Z'],
    );
    assert.equal(new Set(rows.map((row) => JSON.stringify(row.create ?? row))).size, rows.length);
  });
});

describe('a record of several lines', () => {
  const { chunk, output } = arenaWithBuffers();
  const record = (text: string, final: 'no' | 'record' | 'line', maxLine = 1000) => {
    const recorder = new PlainRecorder(unread, maxLine, format, joinerOf(multiline.parse('indent'))?.());
    const progress = noProgress();
    const to = chunk.write(text);
    recorder.record({ chunk, from: 0, to, cursor: { offset: 0 }, final, time: new Date() }, output, 0, 2 ** 19, progress);
    const messages = recordsIn(output.toString('utf8', 0, progress.written)).map(({ message }) => message);
    return { messages, stop: progress.stop, consumed: progress.consumed, holds: recorder.holds };
  };

  test('is held until a line begins another one', () => {
    assert.deepEqual(record('a\n b\n', 'no'), { messages: [], stop: 'more', consumed: 0, holds: true });
    assert.deepEqual(record('a\n b\nc', 'no'), { messages: ['a\n b'], stop: 'more', consumed: 5, holds: false });
    assert.deepEqual(record('a\n b\nc\n', 'no'), { messages: ['a\n b'], stop: 'more', consumed: 5, holds: true });
    assert.deepEqual(record('a\n b\n c', 'no'), { messages: [], stop: 'more', consumed: 0, holds: true });
  });

  test('ends where it is known that no further line comes, or not even the end of the last one', () => {
    assert.deepEqual(record('a\n b\n', 'record'), { messages: ['a\n b'], stop: 'end', consumed: 5, holds: false });
    assert.deepEqual(record('a\n b\n c', 'record'), { messages: ['a\n b'], stop: 'more', consumed: 5, holds: false });
    assert.deepEqual(record('a\n b\n c', 'line'), { messages: ['a\n b\n c'], stop: 'end', consumed: 7, holds: false });
  });

  test('ends before a line that would make it too long', () => {
    assert.deepEqual(record('abc\n def\n ghi\n jkl\nm', 'no', 8).messages, ['abc\n def', ' ghi', ' jkl']);
    assert.deepEqual(record('abc\n de\r\nf', 'no', 8).messages, ['abc\n de']);
  });
});
