import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** A file of lines that only ever grows by whole ones, and has one writer. */
export class RecordFile {
  readonly path: string;
  readonly #handle: FileHandle;
  #size: number;

  private constructor(path: string, handle: FileHandle, size: number) {
    this.path = path;
    this.#handle = handle;
    this.#size = size;
  }

  /** Opens it, or makes it, and cuts off what stands behind its last whole line: a crash left that, and it was never acknowledged. @throws the system's error. */
  static async open(path: string, mode: number): Promise<RecordFile> {
    const handle = await open(path, constants.O_RDWR | constants.O_CREAT, mode);
    try {
      const { size } = await handle.stat();
      const end = await endOfLines(handle, size);
      if (end < size) await handle.truncate(end);
      return new RecordFile(path, handle, end);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Whether it still has a name and the size that we left: a person may have deleted or emptied it to make room. */
  async isWhatWeWrote(): Promise<boolean> {
    const stats = await this.#handle.stat();
    return stats.nlink > 0 && stats.size === this.#size;
  }

  /** Appends lines, and resolves when they are on the disk (fdatasync). @throws the system's error; nothing of them is left then. */
  async append(lines: Buffer): Promise<void> {
    try {
      for (let written = 0; written < lines.length; ) {
        const { bytesWritten } = await this.#handle.write(lines, written, lines.length - written, this.#size + written);
        written += bytesWritten;
      }
      await this.#handle.datasync();
      this.#size += lines.length;
    } catch (error) {
      // half of it on a full disk: it will be written again as a whole
      await this.#handle.truncate(this.#size);
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

/** Where the last whole line ends. */
async function endOfLines(handle: FileHandle, size: number): Promise<number> {
  const block = Buffer.alloc(64 * 1024);
  for (let end = size; end > 0; ) {
    const from = Math.max(0, end - block.length);
    const { bytesRead } = await handle.read(block, 0, end - from, from);
    const at = block.subarray(0, bytesRead).lastIndexOf(0x0a);
    if (at >= 0) return from + at + 1;
    end = from;
  }
  return 0;
}
