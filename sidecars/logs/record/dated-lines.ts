import type { Followed } from '../follow/followed.ts';
import { mostBytes } from './encoded.ts';
import type { LineFormat } from './format.ts';
import type { Joiner } from './multiline/joiner.ts';
import type { Quick } from './quick.ts';
import { timedEnvelope } from './timed.ts';
import { arenaOf } from './wasm/arena.ts';

/**
 * Makes records of lines that begin with their time, which is the time of the record where there is one. Lines longer than `maxLine` are not of the usual form.
 * @param format one that has a place for the time.
 */
export function datedLines({ label }: Followed, maxLine: number, format: LineFormat, joiner: Joiner | undefined): Quick {
  return ({ chunk, from, to, final, time }, room, result) => {
    const arena = arenaOf(chunk);
    if (arena === undefined) return undefined;
    const envelope = timedEnvelope(format, label, time);
    if (!arena.takes(room.output, envelope.prefix, envelope.suffix)) return undefined;
    arena.encode({ chunk, from, to, final, maxLine }, room, envelope, joiner, result);
    return mostBytes(envelope, Math.min(to - from, maxLine));
  };
}
