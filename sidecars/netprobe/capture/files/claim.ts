import { basename, join } from 'node:path';
import { Exit, exitCode } from '#shared/exit.ts';
import { acquireLock, type Lock, LockHeldError } from '#shared/lock.ts';
import { openFailure } from './file-failures.ts';
import { FileNames } from './file-names.ts';
import type { FilesPlan } from './plan.ts';

/**
 * Claims the names of a capture for this process, until it ends: two captures of one name would remove and upload files that the other one still writes.
 * An empty hidden file beside them stands for it. To be called before anything is done with them, in the main thread.
 * @returns undefined where files are not numbered, and so nothing is found, removed or uploaded.
 * @throws Exit where another process has them, or there can be no file.
 */
export function claimCaptureFiles(plan: FilesPlan): Lock | undefined {
  const names = new FileNames(plan);
  if (!plan.numbered) return undefined;
  const path = join(names.folder, `.${basename(plan.path)}.lock`);
  try {
    return acquireLock(path);
  } catch (error) {
    if (!(error instanceof LockHeldError)) throw openFailure(path, error);
    const words = `--write=${plan.path}: another capture writes files of this name; give it another name or another folder`;
    throw new Exit(exitCode.settings, words, { cause: error });
  }
}
