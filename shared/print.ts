import { codeOf, exitCode } from './exit.ts';

/** Whether it is heeded already that the reader may go away. */
let isHeeded = false;

/**
 * Writes a result to the standard output; resolves when it is taken. Where who reads it has had enough and is gone, as in `ss | head`, the process ends:
 * nothing is wrong then.
 * @param signal resolves it although nobody took it: a reader may stop reading without going away.
 */
export function print(text: string | Uint8Array, signal?: AbortSignal): Promise<void> {
  if (!isHeeded) {
    isHeeded = true;
    // told twice: here, and to the one who wrote
    process.stdout.on('error', () => {});
  }
  return new Promise((resolve, reject) => {
    const giveUp = () => resolve();
    signal?.addEventListener('abort', giveUp);
    process.stdout.write(text, (error) => {
      signal?.removeEventListener('abort', giveUp);
      if (codeOf(error) === 'EPIPE') process.exit(exitCode.endedWell);
      if (error) reject(error);
      else resolve();
    });
    if (signal?.aborted) giveUp();
  });
}
