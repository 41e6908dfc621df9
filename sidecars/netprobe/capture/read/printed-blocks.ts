import { print } from '#shared/print.ts';
import type { BlockSink, Section } from '../sink.ts';

/** Standard output, where packets are read from a file: one stream of pcapng. */
export class PrintedBlocks implements BlockSink {
  readonly #section: Section;
  #taken = Promise.resolve();
  #isBegun = false;

  constructor(section: Section) {
    this.#section = section;
  }

  write(blocks: Uint8Array): void {
    this.#begin();
    // the memory is ours until we return
    this.#put(Buffer.from(blocks));
  }

  tick(): void {}

  close(): void {
    this.#begin();
    this.#put(this.#section.tail());
  }

  /** Resolves when all of it was taken. @throws Error where it cannot be written */
  taken(): Promise<void> {
    return this.#taken;
  }

  #begin(): void {
    if (this.#isBegun) return;
    this.#isBegun = true;
    this.#put(this.#section.head());
  }

  #put(bytes: Uint8Array): void {
    this.#taken = Promise.all([this.#taken, print(bytes)]).then(() => {});
  }
}
