import type { Followed } from '../follow/followed.ts';
import { mostBytes } from './encoded.ts';
import type { LineFormat } from './format.ts';
import type { Quick } from './quick.ts';
import { timedEnvelope } from './timed.ts';
import { arenaOf } from './wasm/arena.ts';

const streams = ['stdout', 'stderr'] as const;

/** How a container runtime wraps lines: Docker's json-file, or what Kubernetes asks for. */
export type Wrapping = 'docker' | 'cri';

/**
 * Makes records of lines that a container runtime wrapped, without making a string of any. Docker's JSON is not read: the value of `log` is escaped as a record wants
 * it, and is copied as it is, with ill-formed UTF-8 repaired. Lines whose parts follow each other are joined. What else there may be is not of the usual form:
 * other members or tags, parts between which the other stream has a line, and messages longer than `maxLine`.
 * @param format one that has a place for the time.
 * @param current has the group of the records that come next, which is changed where they belong to another.
 */
export function containerLines(
  wrapping: Wrapping,
  { label }: Followed,
  maxLine: number,
  format: LineFormat,
  current: { group: Uint8Array | undefined },
): Quick {
  const { frame } = format;
  return ({ chunk, from, to, final, time }, room, result) => {
    const arena = arenaOf(chunk);
    if (arena === undefined) return undefined;
    const only = frame && streams.find((stream) => frame.open(label, stream) === current.group);
    if (frame !== undefined && only === undefined) return undefined;
    const envelope = timedEnvelope(format, label, time, only ?? 'stdout');
    const suffix = only === undefined ? format.envelope(label, time, 'stderr').suffix : envelope.suffix;
    if (!arena.takes(room.output, envelope.prefix, envelope.suffix, suffix)) return undefined;
    arena.encodeContainer(wrapping, { chunk, from, to, final, maxLine }, room, envelope, suffix, only, result);
    if (result.stop === 'group' && result.consumed === 0)
      current.group = frame?.open(label, only === 'stdout' ? 'stderr' : 'stdout');
    return mostBytes(envelope, Math.min(to - from, maxLine));
  };
}
