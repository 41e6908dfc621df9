import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { temporaryFolder } from '#harness/folder.ts';

/** What is in its log. */
export const lines = ['one', 'two', 'three'];

/** A folder with a log of three lines, and the settings to follow it. */
export function place(t: TestContext) {
  const folder = temporaryFolder(t);
  const file = join(folder, 'app.log');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return { folder, file, env: { LOGS_PATHS: file, LOGS_STATE: join(folder, 'state') } };
}
