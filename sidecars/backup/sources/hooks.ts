import { messageOf } from '#shared/exit.ts';
import { type Hook, type HttpHook, hookName } from './hook.ts';
import { signalProcess } from './process-signal.ts';

/** A hook that failed. The message names it, and says what was wrong. */
export class HookError extends Error {
  override readonly name = 'HookError';
}

/** The hooks of a run. */
export interface Hooks {
  readonly before: readonly Hook[];
  readonly after: readonly Hook[];
  /** How long a server may take to answer each, in milliseconds. */
  readonly timeout: number;
  /** Hears of each that was done, by its name. */
  readonly onDone?: (hook: string) => void;
  /** Hears of each that failed after the work: the application may still hold still. What was read is good all the same. */
  readonly onAfterFailed: (error: HookError) => void;
}

/** What a server is told in the body of the request, as JSON. */
export interface HookMoment {
  readonly event: 'before' | 'after';
  /** Of the hooks after: whether the sources were read to their end. */
  readonly succeeded?: boolean;
}

/**
 * Does the work between the hooks before and those after it. Each list is done in order. Where one before fails, the work is not begun.
 * Those after are done in any case, every one of them: also where one before failed, as it may have got through nevertheless, where the
 * work fails, and where the signal aborts.
 * @throws HookError where one before fails; what the work throws; the signal's reason where it aborts before the work.
 */
export async function between<T>(hooks: Hooks, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  let succeeded = false;
  try {
    for (const hook of hooks.before) {
      await runHook(hook, { event: 'before' }, AbortSignal.any([signal, AbortSignal.timeout(hooks.timeout)]));
      hooks.onDone?.(hookName(hook));
    }
    signal.throwIfAborted();
    const result = await work();
    succeeded = true;
    return result;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    for (const hook of hooks.after) {
      try {
        await runHook(hook, { event: 'after', succeeded }, AbortSignal.timeout(hooks.timeout));
        hooks.onDone?.(hookName(hook));
      } catch (error) {
        hooks.onAfterFailed(error instanceof HookError ? error : new HookError(messageOf(error), { cause: error }));
      }
    }
  }
}

/** Does what a hook says. @throws HookError */
export async function runHook(hook: Hook, moment: HookMoment, signal: AbortSignal): Promise<void> {
  try {
    if (hook.type === 'signal') signalProcess(hook.signal, hook.process);
    else await post(hook, moment, signal);
  } catch (error) {
    throw new HookError(`the hook ${moment.event} reading, ${hookName(hook)}, failed: ${explain(error)}`, { cause: error });
  }
}

async function post({ url }: HttpHook, moment: HookMoment, signal: AbortSignal): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': 'sidekick-backup' },
    body: JSON.stringify(moment),
    redirect: 'manual',
    signal,
  });
  // the connection is let go of; what the body says is for nobody
  await response.body?.cancel();
  if (!response.ok) throw new Error(`it answers ${response.status} ${response.statusText}`.trimEnd());
}

/** fetch says only that it failed; its cause tells why. */
function explain(error: unknown): string {
  if (error instanceof DOMException && error.name === 'TimeoutError') return 'it did not answer in time';
  if (error instanceof TypeError && error.cause !== undefined) return messageOf(error.cause);
  return messageOf(error);
}
