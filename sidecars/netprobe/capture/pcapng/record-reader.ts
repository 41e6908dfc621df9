import type { CapturedInterface, Frame } from '../frame.ts';

/** Is told what a file of packets has in it, in its order. */
export interface FrameHearer {
  /** A packet; the frame holds until the next one. */
  frame(frame: Frame): void;
  /** An interface, before its first packet. */
  interface?(captured: CapturedInterface): void;
  /** A comment about the whole file, or a section of it. */
  comment?(text: string): void;
  statistics?(statistics: InterfaceStatistics): void;
}

/** What was counted at an interface until a moment, where that is known. */
export interface InterfaceStatistics {
  readonly interface: CapturedInterface;
  /** Packets that came to it. */
  readonly received: number | undefined;
  /** Packets that were lost, as there was no room for them. */
  readonly dropped: number | undefined;
}

/** Reads one record of a file after the other: a header, a block, a packet. */
export interface RecordReader {
  /**
   * Reads a record and tells what is in it.
   * @param at where it begins, and how much of it, or of what is behind it, is there.
   * @param position where it is in the file, for errors.
   * @returns how long it is, in bytes: more than there is where the rest of it does not matter. Where more has to be there first, how much, below 0.
   * @throws CaptureFileError
   */
  read(bytes: Uint8Array, at: number, available: number, position: number): number;
}

/** No record that is read as a whole may be longer, in bytes: no packet is. */
export const longestRecord = 2 ** 24;
