import assert from 'node:assert/strict';
import { type NetworkNamespace, said } from '#harness/namespace.ts';
import type { SidecarProcess } from '#harness/process.ts';
import { until } from '#harness/until.ts';

/** Something that hears packets by several filters, and says which. */
export class Hearer {
  readonly #process: SidecarProcess;
  #lines = 1;

  private constructor(process: SidecarProcess) {
    this.#process = process;
  }

  static async start(namespace: NetworkNamespace, programs: readonly string[], index = 0): Promise<Hearer> {
    const process = namespace.program(new URL('programs/hear.ts', import.meta.url), String(index), ...programs);
    await said(process, 'hearing');
    return new Hearer(process);
  }

  /**
   * Waits until each filter has heard so many frames since the last time, as the kernel hands them over when it has time.
   * @returns the frames of each filter.
   */
  async hears(...counts: readonly number[]): Promise<readonly (readonly string[])[]> {
    const all: string[][] = [];
    await until('so many frames are heard, and no more come', async () => {
      const heard = await this.#frames();
      for (const [index, frames] of heard.entries()) all[index] = [...(all[index] ?? []), ...frames];
      const isQuiet = heard.every(({ length }) => length === 0);
      return isQuiet && counts.every((count, index) => (all[index]?.length ?? 0) >= count);
    });
    return all;
  }

  /** Asserts that each filter hears so many frames, and not one more. */
  async hearsExactly(counts: readonly number[], what: string): Promise<void> {
    assert.deepEqual(
      (await this.hears(...counts)).map(({ length }) => length),
      counts,
      what,
    );
  }

  async #frames(): Promise<readonly (readonly string[])[]> {
    this.#process.child.stdin?.write('\n');
    this.#lines += 1;
    const lines = () => this.#process.stdout.split('\n').slice(0, -1);
    await until('it says what it heard', () => lines().length >= this.#lines || this.#process.child.exitCode !== null);
    assert.equal(this.#process.child.exitCode, null, this.#process.stderr);
    return JSON.parse(lines()[this.#lines - 1] ?? '[]');
  }
}
