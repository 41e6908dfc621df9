import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { returnFreedMemory } from '#shared/linux/heap.ts';

/** It is looked so often whether there is still work, in milliseconds. */
const glance = 2500;
/** Less than so many bytes between two looks is none. */
const little = 64 * 1024;
/** Work of so many bytes leaves a heap that is worth the time which it takes to shrink it. */
const much = 16 * 2 ** 20;
/** Shrinking it may take a two hundredth of the time. */
const rest = 200;

/**
 * Gives memory back that work has left, as long as it is quiet. What was compiled and first read takes some MiB, ten thousand files that were met and
 * shipped leave a heap twice as large as what is in it, and V8 goes on compiling what turns out to be busy, in threads of which each keeps what it has freed.
 */
export class Slack {
  /** Bytes of work since the heap was shrunk; what was loaded before the first look counts for much. */
  #done = much;
  /** Bytes of work since the last look. */
  #recent = 0;
  /** The heap is not shrunk before, by the clock of `performance`. */
  #next = 0;
  readonly #timer = setInterval(() => this.#look(), glance).unref();

  /** Notes work, in bytes. */
  worked(bytes: number): void {
    this.#done += bytes;
    this.#recent += bytes;
  }

  /** Gives nothing back any more. */
  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const isQuiet = this.#recent < little;
    this.#recent = 0;
    if (!isQuiet) return;
    if (this.#done < much || performance.now() < this.#next) returnFreedMemory();
    else this.#shrink();
  }

  #shrink(): void {
    const began = performance.now();
    shrinkHeap();
    returnFreedMemory();
    const ended = performance.now();
    this.#done = 0;
    this.#next = ended + rest * (ended - began);
  }
}

/** Frees all that nobody uses, and moves together what is left: V8 itself leaves up to half of a heap that has shrunk in holes. */
function shrinkHeap(): void {
  setFlagsFromString('--expose-gc');
  // a process that was started without the flag has the collector in a context of its own alone, which is garbage itself afterwards
  const collect: (options: object) => void = runInNewContext('gc');
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
