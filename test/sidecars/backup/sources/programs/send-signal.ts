// Sends SIGUSR2 to the process named by its first argument, as a user who may do nothing, and says what came of it.
import { messageOf } from '#shared/exit.ts';
import { signalProcess } from '../../../../../sidecars/backup/sources/process-signal.ts';

const [name = ''] = process.argv.slice(2);
process.setuid?.(65_534);
try {
  signalProcess('SIGUSR2', name);
  process.stdout.write('sent');
} catch (error) {
  process.stdout.write(messageOf(error));
}
