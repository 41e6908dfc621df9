import { accessSync, constants, mkdirSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { Exit, exitCode, messageOf } from '#shared/exit.ts';
import { acquireLock, type Lock, LockHeldError } from '#shared/lock.ts';
import type { Format } from '../record/envelope.ts';
import { type Sink, SinkError } from './sink.ts';

/**
 * `file:///folder` — records appended to `HOST-YYYY-MM-DD.ndjson` in the folder, a new file each day (UTC).
 * A batch is acknowledged when it is on the disk (fdatasync). What a full disk or a crash left of one is cut off before it is written again.
 * @throws Exit where the folder cannot be used, or another sidecar writes there under the same host name.
 */
export function fileSink(folder: string, host: string, format: Format): Sink {
  const stem = host.replaceAll(/[^\w.-]/g, '_');
  const lock = claim(folder, stem);
  let day: { readonly path: string; readonly handle: FileHandle; size: number } | undefined;

  const send: Sink['send'] = async ({ body }) => {
    const path = join(folder, `${stem}-${new Date().toISOString().slice(0, 10)}.ndjson`);
    try {
      if (day === undefined || day.path !== path || !(await isWhatWeWrote(day))) {
        const { handle } = day ?? {};
        day = undefined;
        await handle?.close();
        day = await openAtLastRecord(path);
      }
      await append(day, body);
    } catch (error) {
      throw new SinkError(`${path} cannot be written: ${messageOf(error)}`, { cause: error });
    }
  };
  const check: Sink['check'] = async () => {
    accessSync(folder, constants.W_OK);
    return `${folder} can be written`;
  };
  const close: Sink['close'] = async () => {
    await day?.handle.close();
    lock.release();
  };
  return { name: folder, format, concurrency: 1, send, check, close };
}

async function append(file: { readonly handle: FileHandle; size: number }, body: Buffer): Promise<void> {
  const { handle, size } = file;
  try {
    for (let written = 0; written < body.length; ) {
      const { bytesWritten } = await handle.write(body, written, body.length - written, size + written);
      written += bytesWritten;
    }
    await handle.datasync();
    file.size += body.length;
  } catch (error) {
    // half a batch on a full disk: it will be written again as a whole
    await handle.truncate(size);
    throw error;
  }
}

/** Whether the open file still has a name and the size that we left: a person may have deleted or emptied it to make room. */
async function isWhatWeWrote({ handle, size }: { readonly handle: FileHandle; readonly size: number }): Promise<boolean> {
  const stats = await handle.stat();
  return stats.nlink > 0 && stats.size === size;
}

/** Opens a file for writing behind its last whole record: what follows was cut off by a crash, and never acknowledged. */
async function openAtLastRecord(path: string): Promise<{ path: string; handle: FileHandle; size: number }> {
  const handle = await open(path, constants.O_RDWR | constants.O_CREAT, 0o644);
  const block = Buffer.alloc(64 * 1024);
  const { size } = await handle.stat();
  let end = size;
  while (end > 0) {
    const from = Math.max(0, end - block.length);
    const { bytesRead } = await handle.read(block, 0, end - from, from);
    const at = block.subarray(0, bytesRead).lastIndexOf(0x0a);
    if (at >= 0) {
      end = from + at + 1;
      break;
    }
    end = from;
  }
  if (end < size) await handle.truncate(end);
  return { path, handle, size: end };
}

function claim(folder: string, stem: string): Lock {
  try {
    mkdirSync(folder, { recursive: true });
    return acquireLock(join(folder, `.${stem}.lock`));
  } catch (error) {
    const what =
      error instanceof LockHeldError
        ? `is written by another sidecar as host ${stem}; set LOGS_HOST`
        : `cannot be used: ${messageOf(error)}; name a folder that this user may write`;
    throw new Exit(exitCode.settings, `LOGS_TO=file://${folder} ${what}`, { cause: error });
  }
}
