import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Exit, exitCode, messageOf } from '#shared/exit.ts';
import { acquireLock, type Lock, LockHeldError } from '#shared/lock.ts';
import type { Format } from '../record/format.ts';
import { RecordFile } from './record-file.ts';
import { type Sink, SinkError } from './sink.ts';

/**
 * `file:///folder` — records appended to `HOST-YYYY-MM-DD.ndjson` in the folder, a new file each day (UTC).
 * A batch is acknowledged when it is on the disk (fdatasync). What a full disk or a crash left of one is cut off before it is written again.
 * @throws Exit where the folder cannot be used, or another sidecar writes there under the same host name.
 */
export function fileSink(folder: string, host: string, format: Format): Sink {
  const stem = host.replaceAll(/[^\w.-]/g, '_');
  const lock = claim(folder, stem);
  let day: RecordFile | undefined;

  const send: Sink['send'] = async ({ body }) => {
    const path = join(folder, `${stem}-${new Date().toISOString().slice(0, 10)}.ndjson`);
    try {
      if (day === undefined || day.path !== path || !(await day.isWhatWeWrote())) {
        const before = day;
        day = undefined;
        await before?.close();
        day = await RecordFile.open(path, 0o644);
      }
      await day.append(body);
      return undefined;
    } catch (error) {
      throw new SinkError(`${path} cannot be written: ${messageOf(error)}`, { cause: error });
    }
  };
  const check: Sink['check'] = async () => {
    accessSync(folder, constants.W_OK);
    return `${folder} can be written`;
  };
  const close: Sink['close'] = async () => {
    await day?.close();
    lock.release();
  };
  return { name: folder, format, concurrency: 1, send, check, close };
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
