import { type FSWatcher, watch } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** A source of hints that something changed in a folder. A hint may be missing, late or about another file. */
export class Hints {
  readonly #folder: string;
  readonly #wake = new EventTarget();
  #watcher: FSWatcher | undefined;
  #pending = false;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Waits for a hint, but no longer than `most` and no shorter than `least` milliseconds, so that a busy folder keeps nobody busy.
   * A hint since the last wait counts. Returns at once when the signal is aborted.
   */
  async wait(least: number, most: number, stopping: AbortSignal): Promise<void> {
    this.#listen();
    await rest(least, stopping);
    if (!this.#pending) {
      const hinted = new AbortController();
      this.#wake.addEventListener('hint', () => hinted.abort(), { signal: hinted.signal });
      await rest(most - least, AbortSignal.any([stopping, hinted.signal]));
      hinted.abort();
    }
    this.#pending = false;
  }

  /** Gives no more hints until the next wait: the folder itself may have become another. */
  close(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  #listen(): void {
    if (this.#watcher !== undefined) return;
    try {
      this.#watcher = watch(this.#folder, () => {
        this.#pending = true;
        this.#wake.dispatchEvent(new Event('hint'));
      });
      this.#watcher.on('error', () => this.close());
    } catch {
      // no such folder now, or no watches left in the kernel: whoever waits looks for himself
    }
  }
}

/** Rests for some milliseconds, or until the signal is aborted. */
async function rest(time: number, signal: AbortSignal): Promise<void> {
  try {
    await pause(time, undefined, { signal });
  } catch {
    // aborted, which is what ends it
  }
}
