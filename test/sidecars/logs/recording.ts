import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { temporaryFolder } from '#harness/folder.ts';
import type { Cursor } from '../../../sidecars/logs/follow/cursor.ts';
import type { Followed } from '../../../sidecars/logs/follow/followed.ts';
import { Ledger } from '../../../sidecars/logs/follow/ledger.ts';
import type { Format } from '../../../sidecars/logs/record/format.ts';
import { ndjson } from '../../../sidecars/logs/record/ndjson.ts';
import { leastStretch, noProgress, type Recorder } from '../../../sidecars/logs/record/recorder.ts';
import { type RecordSettings, recorderFor } from '../../../sidecars/logs/record/recorders.ts';

/** Settings under which every line is a record as it stands. */
export const asIs: RecordSettings = {
  format: 'plain',
  multiline: { mode: 'off' },
  multilineWait: 1000,
  maxLine: 2 ** 18,
  include: [],
  excludeLines: [],
  redact: [],
  sample: 1,
  labels: {},
};

export const readAt = new Date('2026-05-06T07:08:09.123Z');

/** What a recorder is told of a file that it sees from its beginning. */
export const unread = {
  id: '1:2',
  label: 'app.log',
  fd: undefined,
  get ledger() {
    return new Ledger();
  },
} as Partial<Followed> as Followed;

/** The same of a file that was read before: it can be looked at. */
export function followed(t: TestContext, bytes: Buffer): Followed {
  const path = join(temporaryFolder(t), 'app.log');
  writeFileSync(path, bytes);
  const fd = openSync(path, 'r');
  t.after(() => closeSync(fd));
  return { id: '1:2', label: 'app.log', fd, ledger: new Ledger() } as Partial<Followed> as Followed;
}

/** How the bytes of a file are given to a recorder. */
export interface Giving {
  /** How many bytes the file grows by before it is read again; all at once where it is not given. */
  readonly grow?: () => number;
  /** Room for records in a batch. */
  readonly room?: () => number;
  /** Whether the last line is whole without a line end. */
  readonly final?: boolean;
  readonly from?: Cursor;
}

/** What came of a file. */
export interface Recorded {
  readonly records: Record<string, unknown>[];
  readonly text: string;
  readonly cursor: Cursor;
  readonly repaired: number;
  readonly filtered: number;
  /** Every place that could have been remembered, and the text up to there. */
  readonly cursors: Cursor[];
  readonly texts: string[];
}

/** Records a whole file as the pump does, with all that it may do to a recorder. */
export function recordAll(
  recorder: Recorder,
  bytes: Buffer,
  maxLine: number,
  { grow = () => bytes.length, room = () => 2 ** 22, final = true, from = { offset: 0 } }: Giving = {},
): Recorded {
  const most = Math.max(leastStretch, maxLine + 2);
  const progress = noProgress();
  const parts: Buffer[] = [];
  const cursors: Cursor[] = [];
  const texts: string[] = [];
  let cursor = from;
  let available = from.offset;
  let size = room();
  let repaired = 0;
  let filtered = 0;
  while (available < bytes.length || cursor.offset < bytes.length) {
    const before = cursor.offset;
    available = Math.min(bytes.length, available + Math.max(1, grow()));
    // it stands in a buffer among bytes that are not its own
    const length = Math.min(most, available - cursor.offset);
    const chunk = Buffer.concat([
      Buffer.from('\n{"'),
      bytes.subarray(cursor.offset, cursor.offset + length),
      Buffer.from('"}\nx\n'),
    ]);
    const atEnd = cursor.offset + length === bytes.length;
    let at = 3;
    const to = 3 + length;
    let calls = 0;
    while (at < to) {
      calls += 1;
      if (calls > 100_000) throw new Error('it goes on for ever');
      const output = Buffer.alloc(size + 7, 0xaa);
      recorder.record(
        { chunk, from: at, to, cursor, final: final && atEnd ? 'line' : 'no', time: readAt },
        output,
        3,
        size + 3,
        progress,
      );
      if (progress.written > size) throw new Error('it wrote past the end');
      repaired += progress.consumed > 0 ? progress.repaired : 0;
      filtered += progress.consumed > 0 ? progress.filtered : 0;
      if (progress.consumed === 0 && progress.stop === 'room') {
        if (progress.need <= size) throw new Error(`it needs ${progress.need}, and has ${size}`);
        size = progress.need;
        continue;
      }
      if (progress.consumed > 0) {
        parts.push(output.subarray(3, 3 + progress.written));
        at += progress.consumed;
        const { piece } = progress;
        cursor = { offset: cursor.offset + progress.consumed, ...(piece && { piece }) };
        cursors.push(cursor);
        texts.push(Buffer.concat(parts).toString());
        size = room();
      } else if (progress.stop === 'end') throw new Error('it ended where nothing ended');
      if (progress.stop === 'more') break;
    }
    // nobody asks again before the file has grown
    if (atEnd && progress.stop === 'more') {
      const { offset: at } = cursor;
      const left = bytes.subarray(at);
      const output = Buffer.alloc(16 * left.length + 2 ** 16);
      recorder.record(
        { chunk: left, from: 0, to: left.length, cursor, final: 'no', time: readAt },
        output,
        0,
        output.length,
        progress,
      );
      if (progress.consumed > 0) throw new Error('it said that it needs more, and did not');
    }
    if (available === bytes.length && cursor.offset === before && (atEnd || length === most)) break;
  }
  const text = Buffer.concat(parts).toString();
  const records = text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
  return { records, text, cursor, repaired, filtered, cursors, texts };
}

/** What comes of a text, by settings. */
export function recordsOf(
  bytes: Buffer | string,
  settings: Partial<RecordSettings>,
  giving?: Giving,
  format: Format = ndjson('web1', settings.labels ?? {}),
): Recorded {
  const all = { ...asIs, ...settings };
  const buffer = Buffer.from(bytes);
  return recordAll(recorderFor(unread, format, all), buffer, all.maxLine, giving);
}

/** The messages of its records. */
export function messagesOf(bytes: Buffer | string, settings: Partial<RecordSettings>, giving?: Giving): unknown[] {
  return recordsOf(bytes, settings, giving).records.map(({ message }) => message);
}
