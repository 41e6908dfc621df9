import { memoryUsage } from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** After so many bytes of buffers the collector is called, where nothing else is said. */
const defaultStep = 16 << 20;
/** Of those that it should have freed not more than this may be left, in steps: they have outlived what a quick collection looks at. */
const mostLeft = 1.5;
/** Of what is left right after a thorough collection not more than this is in use: the rest is only not yet given back, by another thread. */
const mostInUse = 12 << 20;

type Collect = (options: { readonly type: 'minor' | 'major' }) => void;

/** Made once it is needed, as it takes a context of its own. */
let collect: Collect | undefined;

/**
 * Has buffers freed that nobody uses any more. V8 lets 64 MiB and more of them gather before it looks, as each is a few bytes to its
 * heap; what goes through a run is nothing but buffers. A collection takes some thousandths of a second, which is less than fresh memory
 * costs.
 */
export class Garbage {
  readonly #step: number;
  #made = 0;
  /** Bytes of buffers that were left by the last thorough collection. */
  #inUse = 0;

  /** @param step after how many bytes of buffers the collector is called: with a smaller one less of them is there at a time. */
  constructor(step = defaultStep) {
    this.#step = step;
  }

  /** Notes buffers that were made, and will not be used for long. */
  made(bytes: number): void {
    this.#made += bytes;
    if (this.#made < this.#step) return;
    this.#made = 0;
    collect ??= (globalThis.gc as Collect | undefined) ?? exposed();
    collect({ type: 'minor' });
    if (memoryUsage().arrayBuffers < this.#inUse + mostLeft * this.#step) return;
    collect({ type: 'major' });
    this.#inUse = Math.min(memoryUsage().arrayBuffers, mostInUse);
  }
}

/** The collector, which a process that was started without the flag has only in a context of its own. */
function exposed(): Collect {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc');
}
