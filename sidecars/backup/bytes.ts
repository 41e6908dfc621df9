/**
 * A stage that bytes go into. `write` takes the chunk as it is: whoever wrote it must not change its memory afterwards.
 * It resolves once there is room for more, in the order of the calls; callers wait for one before the next.
 */
export interface ByteSink {
  /** @throws whatever this stage or one behind it fails with; after that nothing more may be written. */
  write(chunk: Uint8Array): Promise<void>;
  /** No more bytes: resolves once the stages behind have taken all of them. It commits nothing. */
  end(): Promise<void>;
}

/** Bytes that come out of a stage, in order. */
export type ByteSource = AsyncIterable<Uint8Array>;
