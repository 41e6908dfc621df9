import type { Cursor } from '../../../sidecars/logs/follow/cursor.ts';
import { noProgress, type Recorder } from '../../../sidecars/logs/record/recorder.ts';
import { Arena } from '../../../sidecars/logs/record/wasm/arena.ts';

const size = 2 ** 20;

/** An arena with a buffer to read into, and a room for records. */
export function arenaWithBuffers(bytes = size): { readonly arena: Arena; readonly chunk: Buffer; readonly output: Buffer } {
  const arena = Arena.of([bytes, bytes]);
  const [chunk, output] = [arena?.buffer(bytes), arena?.buffer(bytes)];
  if (arena === undefined || chunk === undefined || output === undefined)
    throw new Error('this machine has no WebAssembly with SIMD');
  return { arena, chunk, output };
}

const { chunk, output } = arenaWithBuffers();

/** How the bytes of a file are given to a recorder. */
export interface Giving {
  /** How many bytes the file grows by before it is read again; all at once where it is not given. */
  readonly grow?: number;
  /** Room for records in a batch. */
  readonly room?: number;
}

/** Gives a recorder all bytes of a file, in the memory of WebAssembly, as the pump does. @returns what it wrote, and the group of each record. */
export function recordInArena(
  recorder: Recorder,
  input: Buffer,
  { grow = input.length, room = size - 64 }: Giving = {},
): { text: string; repaired: number; groups: string[] } {
  const progress = noProgress();
  const time = new Date('2026-05-06T07:08:09.123Z');
  const texts: string[] = [];
  const groups: string[] = [];
  let repaired = 0;
  let cursor: Cursor = { offset: 0 };
  let known = 0;
  while (cursor.offset < input.length) {
    known = Math.min(input.length, known + grow);
    const to = input.copy(chunk, 0, cursor.offset, known);
    const final = known === input.length ? 'line' : 'no';
    let end = room;
    for (let from = 0; from < to; ) {
      const group = String(Buffer.from(recorder.group ?? []));
      recorder.record({ chunk, from, to, cursor, final, time }, output, 0, end, progress);
      if (progress.stop === 'room' && progress.consumed === 0) {
        if (progress.need <= end) throw new Error(`it needs ${progress.need} bytes, and has ${end}`);
        end = progress.need;
        continue;
      }
      if (progress.consumed > 0) {
        end = room;
        for (let record = 0; record < progress.records; record += 1) groups.push(group);
        texts.push(output.toString('utf8', 0, progress.written));
        repaired += progress.repaired;
        from += progress.consumed;
        cursor = { offset: cursor.offset + progress.consumed, ...(progress.piece && { piece: progress.piece }) };
      }
      if (progress.stop === 'more') break;
    }
  }
  return { text: texts.join(''), repaired, groups };
}

/** The records in a text of NDJSON. */
export function recordsIn(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((record) => JSON.parse(record));
}
