import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, messageOf } from '#shared/exit.ts';
import { type Store, StoreError } from '../../../../sidecars/backup/stores/store.ts';

/**
 * A folder of small objects, shared by processes. A lease needs no more of a store than this; that the real ones keep the same word is shown
 * by their own tests.
 * @param conditions false for one that takes no notice of `ifAbsent`.
 */
export function folderStore(root: string, conditions = true): Store {
  const path = (key: string) => join(root, key);
  return {
    name: `file://${root}`,
    conditions,
    remote: false,
    sizesAhead: false,
    async *list(prefix) {
      for (const key of (await readdir(root)).toSorted()) {
        if (!key.startsWith(prefix) || key.endsWith('.tmp')) continue;
        const status = await stat(path(key)).catch(() => undefined);
        if (status) yield { key, size: status.size, modified: status.mtime };
      }
    },
    async *read(key) {
      yield await readFile(path(key)).catch((error: unknown) => {
        throw new StoreError(codeOf(error) === 'ENOENT' ? 'missing' : 'other', messageOf(error), { cause: error });
      });
    },
    upload: () => Promise.reject(new StoreError('other', 'a lease uploads nothing')),
    async put(key, body, { ifAbsent = false } = {}) {
      await mkdir(root, { recursive: true });
      const temporary = path(`${randomUUID()}.tmp`);
      await writeFile(temporary, body);
      try {
        if (ifAbsent && conditions) await link(temporary, path(key));
        else await rename(temporary, path(key));
      } catch (error) {
        throw new StoreError(codeOf(error) === 'EEXIST' ? 'exists' : 'other', messageOf(error), { cause: error });
      } finally {
        await rm(temporary, { force: true });
      }
    },
    remove: (key) => rm(path(key), { force: true }),
    sweep: async () => 0,
    close: async () => {},
  };
}
