import { type FilesPlan, rotates } from './files/plan.ts';
import type { Privacy } from './privacy.ts';
import type { CapturePlan, CaptureTarget } from './ring/messages.ts';
import type { CaptureOptions } from './verb.ts';

/** What is captured, and how, by what was asked for. @param program the filter, for the kernel */
export function capturePlan(given: CaptureOptions, program: Uint8Array): CapturePlan {
  const { words, snapLength, comment } = given;
  return {
    interface: given.interface === 'any' ? undefined : given.interface,
    program,
    filter: words.join(' '),
    snapLength,
    // those that are shown are counted where they are shown
    count: given.match === undefined ? given.count : undefined,
    ringSize: given.buffer,
    privacy: privacyOf(given),
    comments: comment === undefined ? [] : [comment],
    target: targetOf(given),
  };
}

/** What of a packet is kept. A flight recorder that uploads masks payload unless it is told not to. */
export function privacyOf({ headersOnly, mask, payload, keep, to }: CaptureOptions): Privacy {
  if (headersOnly) return 'headers';
  return mask || (keep !== undefined && to !== undefined && !payload) ? 'mask' : 'all';
}

/** The files that are written; undefined where there are none. */
export function filesPlan(given: CaptureOptions): FilesPlan | undefined {
  const { write: path, rotateSize: size, rotateEvery: every, files: count, disk, zstd } = given;
  if (path === undefined || path === '-') return undefined;
  const numbered = rotates({ size, every, count, disk }) || given.to !== undefined || given.keep !== undefined;
  return { path, numbered, size, every, count, disk, zstd };
}

function targetOf(given: CaptureOptions): CaptureTarget {
  const files = filesPlan(given);
  if (files === undefined) return { type: given.write === '-' ? 'stdout' : 'view' };
  const { keep, keepMemory: memory, after } = given;
  return keep === undefined
    ? { type: 'files', plan: files, view: given.print }
    : { type: 'recorder', plan: { keep, memory, after, files } };
}
