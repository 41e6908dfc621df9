import { Exit, exitCode } from '#shared/exit.ts';
import type { NetprobeLife } from '../netprobe.ts';
import type { CaptureOptions } from './verb.ts';

/** `netprobe capture`. @throws Exit */
export async function capture(_life: NetprobeLife, _given: CaptureOptions): Promise<void> {
  throw new Exit(exitCode.failed, 'nothing is captured yet');
}
