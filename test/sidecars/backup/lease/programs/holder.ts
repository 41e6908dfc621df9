// Takes the lease and says so, says when it is lost, and gives it back at SIGTERM. FOLDER TTL [STATE]
import { acquireLease } from '../../../../../sidecars/backup/lease/acquire.ts';
import { Succession } from '../../../../../sidecars/backup/lease/succession.ts';
import { leaseTerms } from '../../../../../sidecars/backup/lease/terms.ts';
import { folderStore } from '../folder-store.ts';

const [folder = '', ttl = '0', state] = process.argv.slice(2);
const say = (word: string, message = '') => process.stdout.write(`${word} ${message}\n`);
const alive = setInterval(() => {}, 60_000);

const succession = state === undefined ? Succession.none : await Succession.begin(state);
const onClaim = (holder: string) => succession.note(holder);
const terms = leaseTerms({ folder: '', host: 'the other', ttl: Number(ttl), onClaim });
const lease = await acquireLease(folderStore(folder), terms);
lease.lost.addEventListener('abort', () => say('lost', lease.lost.reason.message));
process.once('SIGTERM', async () => {
  await lease.release();
  clearInterval(alive);
});
process.once('SIGUSR2', async () => {
  await lease.assertHeld().then(
    () => say('sure'),
    (error: Error) => say('unsure', error.message),
  );
});
say('held');
