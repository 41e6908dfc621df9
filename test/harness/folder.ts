import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { atEnd } from './at-end.ts';

/** Makes a folder for one test, and removes it with all that is in it when the test ends. */
export function temporaryFolder(t: TestContext, parent = tmpdir()): string {
  const folder = mkdtempSync(join(parent, 'sidekick-'));
  atEnd(t, () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
