// Takes the lease again and again, and holds a file that only one may have while it does. FOLDER COUNT
import { appendFileSync, closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { acquireLease, LeaseHeldError } from '../../../../../sidecars/backup/lease/acquire.ts';
import { leaseTerms } from '../../../../../sidecars/backup/lease/terms.ts';
import { folderStore } from '../folder-store.ts';

const [folder = '', count = '0'] = process.argv.slice(2);
const store = folderStore(join(folder, 'store'));
const terms = leaseTerms({ folder: '', host: `process ${process.pid}` });
const rounds = join(folder, 'rounds');
const alone = join(folder, 'alone');
const done = () => readFileSync(rounds, 'utf8').split('\n').length > Number(count);

while (!done()) {
  try {
    const lease = await acquireLease(store, terms);
    // fails where another one holds it too
    closeSync(openSync(alone, 'wx'));
    appendFileSync(rounds, `${process.pid}\n`);
    await pause(Math.random() * 3);
    await lease.assertHeld();
    rmSync(alone);
    await lease.release();
  } catch (error) {
    if (!(error instanceof LeaseHeldError)) throw error;
  }
  await pause(Math.random() * 20);
}
