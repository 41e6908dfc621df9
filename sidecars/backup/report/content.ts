import { type Manifest, storedBytesOf } from '../catalog/manifest.ts';
import { amountOfBytes } from './amounts.ts';

/** What is in a backup, and how large it is in a store, in a few words: `12 files with 3.00 GiB and 1 database with 2.00 GiB, stored as 1.20 GiB`. */
export function contentOf(manifest: Manifest): string {
  const { counts, bytes, databases } = manifest;
  const size = databases.reduce((sum, database) => sum + database.bytes, 0);
  const parts = [
    ...(counts.files > 0 || databases.length === 0 ? [`${counts.files} files with ${amountOfBytes(bytes.total)}`] : []),
    ...(databases.length > 0
      ? [`${databases.length} ${databases.length === 1 ? 'database' : 'databases'} with ${amountOfBytes(size)}`]
      : []),
  ];
  return `${parts.join(' and ')}, stored as ${amountOfBytes(storedBytesOf(manifest))}`;
}
