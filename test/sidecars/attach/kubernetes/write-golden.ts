// Writes each golden/NAME/kubernetes.sidekick.yaml anew; what has changed is then shown by git diff.
import { writeFileSync } from 'node:fs';
import { attached, goldens } from './golden.ts';

for (const { name, folder, before } of goldens()) {
  try {
    writeFileSync(new URL('kubernetes.sidekick.yaml', folder), attached(before));
  } catch (error) {
    console.error(`${name}: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}
