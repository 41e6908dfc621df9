/** An archive that cannot be read: it ends too early, or what stands there is no tar. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
  /** Where in the plain archive. */
  readonly position: number;
  /** The entry in which that is, as far as its name was read. */
  readonly entry: Buffer | undefined;

  constructor(position: number, reason: string, entry?: Buffer, options?: ErrorOptions) {
    const where = entry === undefined ? '' : ` in ${entry.toString()}`;
    super(`the archive is damaged at plain byte ${position}${where}: ${reason}`, options);
    this.position = position;
    this.entry = entry;
  }
}

/** An entry that would be written outside of the folder that is restored to. Nobody packs one: somebody made it. */
export class UnsafeEntryError extends Error {
  override readonly name = 'UnsafeEntryError';
  readonly entry: Buffer;

  constructor(entry: Buffer, reason: string) {
    super(`refused to restore ${JSON.stringify(entry.toString())}: ${reason}`);
    this.entry = entry;
  }
}

/** An entry that could not be written. */
export class RestoreError extends Error {
  override readonly name = 'RestoreError';
  readonly entry: Buffer;

  constructor(entry: Buffer, reason: string, options?: ErrorOptions) {
    super(`cannot restore ${entry.toString()}: ${reason}`, options);
    this.entry = entry;
  }
}
