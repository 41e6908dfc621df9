import type { Children } from '#shared/children.ts';
import { exitCode } from '#shared/exit.ts';
import type { Progress, RunEvent, RunResult } from '../run/events.ts';
import { type Ended, runSelf, type Started } from './self.ts';

/** The end of a run as its process told it, or as it was found, where that died without a word. */
export interface ChildResult {
  readonly result: RunResult;
  /** False where the run could not tell of itself: then nobody has been notified. */
  readonly told: boolean;
}

/** Makes one backup for a time of the schedule, in a process of its own. */
export async function runChild(
  children: Children,
  started: Started,
  slot: Date,
  onProgress: (progress: Progress) => void,
): Promise<ChildResult> {
  const begun = performance.now();
  let result: RunResult | undefined;
  const ended = await runSelf(children, started, ['now', `--scheduled=${slot.toISOString()}`], (line) => {
    const event = eventOf(line);
    if (event?.event === 'progress') onProgress(event);
    else if (event !== undefined) result = event;
  });
  if (result !== undefined) return { result, told: true };
  const reason = `the run ended ${howOf(ended)} before it could tell how it went; its log tells more`;
  const seconds = (performance.now() - begun) / 1000;
  return {
    result: { outcome: 'failed', reason, manifest: null, stores: [], seconds, code: ended.code ?? exitCode.failed },
    told: false,
  };
}

/** Undefined for the beginning of a line, which is all that comes of one where the process is killed. */
function eventOf(line: string): RunEvent | undefined {
  try {
    return JSON.parse(line) as RunEvent;
  } catch {
    return undefined;
  }
}

function howOf({ code, signal }: Ended): string {
  if (signal === 'SIGKILL') return 'by SIGKILL, as where a container has too little memory (docker inspect tells of OOMKilled)';
  return signal === null ? `with exit code ${code}` : `by ${signal}`;
}
