import type { FileHandle } from 'node:fs/promises';
import type { S3Upload } from '#shared/s3/upload.ts';

/** How much of a file is read at once, in bytes. */
const chunk = 256 * 1024;

/**
 * Sends a file, which then is an object; where that fails nothing is left of it, as far as the server can be reached.
 * @param size how many bytes of it are sent. @throws S3Error; another error where it cannot be read.
 */
export async function sendCaptureFile(file: FileHandle, size: number, upload: S3Upload): Promise<void> {
  try {
    const buffer = Buffer.allocUnsafe(Math.min(chunk, size));
    for (let at = 0; at < size; ) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
      if (bytesRead === 0) throw new Error('it became shorter while it was read');
      await upload.write(buffer.subarray(0, bytesRead));
      at += bytesRead;
    }
    await upload.commit();
  } catch (error) {
    await upload.abort();
    throw error;
  }
}
