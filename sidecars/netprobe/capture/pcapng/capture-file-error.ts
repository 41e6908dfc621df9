/** A file of packets that is not as it should be from some byte on. All packets before that were told. */
export class CaptureFileError extends Error {
  override readonly name = 'CaptureFileError';
  /** Where in the file, in bytes; of a compressed one, in what it holds. */
  readonly offset: number;

  /** @param words what is wrong there */
  constructor(offset: number, words: string) {
    super(offset === 0 ? words : `at byte ${offset} ${words}; all packets before that were read`);
    this.offset = offset;
  }
}
