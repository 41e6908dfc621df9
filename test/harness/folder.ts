import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atEnd, type Lifetime } from './at-end.ts';

/** Makes a folder for one test, and removes it with all that is in it when the test ends. */
export function temporaryFolder(t: Lifetime, parent = tmpdir()): string {
  const folder = mkdtempSync(join(parent, 'sidekick-'));
  atEnd(t, () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
