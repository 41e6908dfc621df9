import { Exit, exitCode } from '#shared/exit.ts';
import type { Log } from '#shared/log.ts';
import type { Lane } from './lane.ts';
import type { Lanes } from './lanes.ts';

/** How a run came to its end. */
export interface Ending {
  /** Whether it was to end by itself. */
  readonly job: boolean;
  /** Whether it was told to stop. */
  readonly stopped: boolean;
  /** Whether the positions are on the disk. */
  readonly saved: boolean;
  readonly log: Log;
}

/** Says what is left in the files. @throws Exit where a destination failed, lines were lost, or a job left something. */
export function report(lanes: Lanes, { job, stopped, saved, log }: Ending): void {
  const again = saved ? '' : '; positions could not be saved, so it ships lines again';
  const failures: string[] = [];
  for (const lane of lanes) {
    const { shipper } = lane;
    const isAlone = [...lanes].length === 1;
    const to = isAlone ? '' : ` to ${lane.name}`;
    const left = lagOf(lane);
    const lost = lagOf(lane, 'deleted');
    if (shipper.failure) failures.push(shipper.failure.message);
    else if (lost > 0) failures.push(`${lost} bytes of deleted files could not be shipped${to} and are lost`);
    else if (left > 0 && job && stopped)
      failures.push(`stopped with ${left} bytes left in the files: run it again to ship them${to}${again}`);
    else if (left > 0)
      log[saved ? 'info' : 'warn']({ bytes: left, destination: lane.name }, `left in the files for the next start${again}`);
  }
  if (failures.length > 0) throw new Exit(exitCode.failed, failures.join('; '));
  const [unread] = lanes.problems;
  if (job && unread !== undefined) throw new Exit(exitCode.permission, unread);
}

/** Bytes that are not acknowledged, of all files or of those that stand so. */
function lagOf({ table }: Lane, standing?: 'deleted'): number {
  let total = 0;
  for (const file of table) if (standing === undefined || file.standing === standing) total += file.lag;
  return total;
}
