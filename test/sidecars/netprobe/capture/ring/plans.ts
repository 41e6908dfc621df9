import type { CapturePlan, CaptureTarget } from '../../../../../sidecars/netprobe/capture/ring/messages.ts';

/** What a test asks for; the rest is as it is by default. `accepts` is how much of a packet the filter takes, in bytes. */
export type TestPlan = Partial<Omit<CapturePlan, 'program'>> & { readonly accepts?: number; readonly isSilent?: boolean };

/** One file, and whether the main thread gets the packets, too. */
export function fileTarget(path: string, view: boolean): CaptureTarget {
  const unbounded = { size: undefined, every: undefined, count: undefined, disk: undefined };
  return { type: 'files', plan: { path, ...unbounded, zstd: false, numbered: false }, view };
}

/** A plan that captures all packets, and those of `lo` once. */
export function planOf({
  accepts = 262_144,
  isSilent = false,
  ...given
}: TestPlan): CapturePlan & { readonly isSilent: boolean } {
  return {
    interface: undefined,
    program: instructions(accepts),
    filter: '',
    snapLength: 262_144,
    count: undefined,
    ringSize: 2 ** 24,
    privacy: 'all',
    comments: [],
    target: { type: 'stdout' },
    ...given,
    isSilent,
  };
}

/** linux/filter.h: what leaves by `lo` comes in by it, too, and is not taken. */
function instructions(accepts: number): Uint8Array {
  const [load, jumpEqual, give] = [0x20, 0x15, 0x06];
  const ancillary = 0xffff_f000;
  const [outgoing, loopback] = [4, 772];
  const program = [
    [load, 0, 0, ancillary + 4],
    [jumpEqual, 0, 2, outgoing],
    [load, 0, 0, ancillary + 28],
    [jumpEqual, 1, 0, loopback],
    [give, 0, 0, accepts],
    [give, 0, 0, 0],
  ] as const;
  const bytes = new Uint8Array(8 * program.length);
  const view = new DataView(bytes.buffer);
  for (const [index, [code, whenTrue, whenFalse, value]] of program.entries()) {
    view.setUint16(8 * index, code, true);
    view.setUint8(8 * index + 2, whenTrue);
    view.setUint8(8 * index + 3, whenFalse);
    view.setUint32(8 * index + 4, value, true);
  }
  return bytes;
}
