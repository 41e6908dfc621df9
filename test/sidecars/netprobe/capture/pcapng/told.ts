import type { CapturedInterface } from '../../../../../sidecars/netprobe/capture/frame.ts';
import { CaptureFileError } from '../../../../../sidecars/netprobe/capture/pcapng/capture-file-error.ts';
import { FrameReader } from '../../../../../sidecars/netprobe/capture/pcapng/frame-reader.ts';

/** A packet that a reader told, kept. */
export interface ToldPacket {
  readonly hex: string;
  readonly length: number;
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly interface: string;
  readonly direction: string | undefined;
}

/** What a reader tells of a file. */
export interface ToldFile {
  readonly packets: ToldPacket[];
  readonly interfaces: CapturedInterface[];
  readonly comments: string[];
  readonly statistics: unknown[];
  /** Why it ended early. */
  readonly error: CaptureFileError | undefined;
}

/** Reads a file that comes in pieces. @throws what is no CaptureFileError */
export function readCapture(pieces: Iterable<Uint8Array>): ToldFile {
  const told = { packets: [] as ToldPacket[], interfaces: [] as CapturedInterface[], comments: [] as string[] };
  const statistics: unknown[] = [];
  const reader = new FrameReader({
    frame: ({ bytes, start, end, length, seconds, nanoseconds, interface: { name }, direction }) =>
      void told.packets.push({
        hex: Buffer.from(bytes.subarray(start, end)).toString('hex'),
        length,
        seconds,
        nanoseconds,
        interface: name,
        direction,
      }),
    interface: (captured) => void told.interfaces.push(captured),
    comment: (text) => void told.comments.push(text),
    statistics: (counted) => void statistics.push(counted),
  });
  try {
    for (const piece of pieces) reader.push(piece);
    reader.end();
  } catch (error) {
    if (!(error instanceof CaptureFileError)) throw error;
    return { ...told, statistics, error };
  }
  return { ...told, statistics, error: undefined };
}

/** A file in pieces of a size. */
export function* inPieces(file: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < file.length; at += size) yield file.subarray(at, at + size);
}
