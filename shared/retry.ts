/** How the waits between attempts grow. */
export interface Backoff {
  /** The first wait before jitter, in ms. */
  readonly base: number;
  /** No wait is longer, in ms. */
  readonly cap: number;
  /** How much longer each wait is than the one before; 2 where not given. */
  readonly factor?: number;
}

/**
 * Endless waits in whole ms, growing up to the cap, with equal jitter: half of each is fixed and half random.
 * Full jitter would spread many clients of one server a little better, but some of its waits are near zero,
 * and a sidecar with several batches in flight would then hit a sink that is down again at once.
 * @param random gives a number from 0 to below 1.
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function* delays({ base, cap, factor = 2 }: Backoff, random: () => number = Math.random): Generator<number, never> {
  for (let wait = base; ; wait *= factor) {
    const half = Math.min(wait, cap) / 2;
    yield Math.round(half + half * random());
  }
}

/** Resolves after so many ms, or as soon as the signal aborts. It never rejects: look at the signal. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const wake = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', wake);
      resolve();
    };
    // A longer timeout than Node can hold would fire at once.
    const timer = setTimeout(wake, Math.min(ms, 2 ** 31 - 1));
    signal?.addEventListener('abort', wake);
  });
}

/** When {@link retry} tries again. */
export interface RetryOptions {
  readonly backoff: Backoff;
  /** Ends the retrying; an attempt under way is not disturbed by it. */
  readonly signal?: AbortSignal;
  /** Hears of each failure that is followed by another attempt; attempts are counted from 1. */
  readonly onRetry?: (error: unknown, waitMs: number, attempt: number) => void;
  /** Whether to try again after this error; a number asks to wait at least so many ms, as Retry-After does, even beyond the cap. */
  readonly retryable?: (error: unknown) => boolean | number;
}

/**
 * Attempts until one succeeds.
 * @param attempt gets its number, from 1.
 * @throws the last error, once it is not retryable or the signal aborted; the signal's reason where it aborted before the first attempt.
 */
export async function retry<T>(attempt: (n: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const { backoff, signal, onRetry, retryable = () => true } = options;
  signal?.throwIfAborted();
  const waits = delays(backoff);
  for (let n = 1; ; n++) {
    try {
      return await attempt(n);
    } catch (error) {
      const again = retryable(error);
      if (again === false || signal?.aborted) throw error;
      const wait = Math.max(waits.next().value, again === true ? 0 : again);
      onRetry?.(error, wait, n);
      await sleep(wait, signal);
      if (signal?.aborted) throw error;
    }
  }
}
