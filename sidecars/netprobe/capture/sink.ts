/**
 * Takes whole pcapng blocks, in the thread that captures, or in the main one where a file is read. One sink is one variation of where
 * packets go: standard output, files that rotate, memory of the last minute, the view of the main thread.
 */
export interface BlockSink {
  /**
   * Takes blocks: packets, or the description of an interface that was met just now, which comes by itself, and is in {@link Section.head} once this returned.
   * @param blocks whole blocks; the memory is the sink's until it returns.
   * @param packets how many packets are in it.
   * @param time when the last of them was seen, in milliseconds since 1970.
   * @throws SinkFull where there is no room for it, and never will be; SystemError otherwise.
   */
  write(blocks: Uint8Array, packets: number, time: number): void;
  /** It is time to look at the clock: called some ten times a second, packets or not. @param now in milliseconds since 1970 */
  tick(now: number): void;
  /** Nothing more comes. Writes what has to stand at the end. @throws as {@link write} does */
  close(): void;
}

/** What stands at the beginning and at the end of every file of a capture, as it is at this moment. */
export interface Section {
  /** A section header and the descriptions of all interfaces that were met. @param comments lines about this file, beside those of the capture */
  head(comments?: readonly string[]): Uint8Array;
  /** Statistics of each interface: what was received, dropped and written since the capture began. */
  tail(): Uint8Array;
}

/** There is no room for more: the disk is full, and nothing older may go. What was written until then is a valid file. */
export class SinkFull extends Error {
  override readonly name = 'SinkFull';
  /**
   * How many packets of the last {@link BlockSink.write} are in the file all the same; fewer than none where some of those before had to go, so that statistics
   * stand at its end.
   */
  readonly written: number;

  constructor(message: string, written: number) {
    super(message);
    this.written = written;
  }
}
