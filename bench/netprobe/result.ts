import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { bundled } from '../bundle.ts';
import type { Stage } from '../stage.ts';

/**
 * Runs a program of the bench that finds one result, and tells it by {@link tell}.
 * @param flags of Node
 * @throws Error with its last words, where it fails
 */
export async function resultOf<T>(
  stage: Stage,
  name: string,
  flags: readonly string[],
  [script, ...args]: readonly [URL, ...string[]],
): Promise<T> {
  const words = ['--disable-warning=ExperimentalWarning', ...flags, fileURLToPath(script), ...args];
  // NaN, for what nobody knows, is no JSON
  const options = {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'] as ('ignore' | 'pipe' | 'ipc')[],
    serialization: 'advanced',
  } as const;
  const actor = stage.start(name, process.execPath, words, options);
  const ended = actor.ended();
  const failed = ended.then(() => {
    throw actor.failure('ended without a word');
  });
  failed.catch(() => {});
  const [result] = (await Promise.race([once(actor.process, 'message'), failed])) as [T];
  actor.process.disconnect();
  await ended;
  return result;
}

/** Tells the result, and ends this process once it has been heard. */
export function tell(result: unknown): void {
  process.once('disconnect', () => process.exit());
  process.channel?.ref();
  process.send?.(result);
}

/** What Node is started with in the image of the sidecar. @throws Error where that cannot be bundled */
export function imageFlags(stage: Stage): readonly string[] {
  return bundled(stage, 'netprobe').slice(0, -1);
}
