import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Replaces a file, or makes it, such that a crash or a power failure at any moment leaves the whole old or the whole new content.
 * The temporary file is `PATH.tmp`; one that a killed process left behind is replaced. A symbolic link at `path` is replaced itself.
 * Calls for one path in one process follow each other; between processes the caller sees to that with a lock.
 * @param mode of the file; where it is not given, what the umask leaves of 644.
 * @throws the system's error (ENOSPC, EROFS, EACCES …). The old content is then still there, and the temporary file is gone;
 *   where only the folder could not be synchronised, the new content is there but may not outlast a power failure.
 */
export function replaceFile(path: string, data: string | Uint8Array, mode?: number): Promise<void> {
  const before = writing.get(path) ?? Promise.resolve();
  const turn = before.catch(() => {}).then(() => replace(path, data, mode));
  writing.set(path, turn);
  const done = () => {
    if (writing.get(path) === turn) writing.delete(path);
  };
  turn.then(done, done);
  return turn;
}

/** The last call for each path that is not done. */
const writing = new Map<string, Promise<void>>();

async function replace(path: string, data: string | Uint8Array, mode: number | undefined): Promise<void> {
  const temporary = `${path}.tmp`;
  try {
    // Made anew and exclusively: through a link that somebody left under this name another file would be overwritten.
    await rm(temporary, { force: true });
    await using(await open(temporary, 'wx', (mode ?? 0o644) & 0o644), async (file) => {
      if (mode !== undefined) await file.chmod(mode);
      await file.writeFile(data);
      await file.datasync();
    });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
  await synchroniseFolder(dirname(path));
}

/**
 * Makes new names and renames in a folder durable, where its file system can: some network file systems answer EINVAL, and so PostgreSQL lets
 * that pass too.
 * @throws the system's error.
 */
export async function synchroniseFolder(path: string): Promise<void> {
  await using(await open(path, 'r'), async (folder) => {
    try {
      await folder.sync();
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EINVAL')) throw error;
    }
  });
}

async function using(file: FileHandle, work: (file: FileHandle) => Promise<void>): Promise<void> {
  try {
    await work(file);
  } finally {
    await file.close();
  }
}
