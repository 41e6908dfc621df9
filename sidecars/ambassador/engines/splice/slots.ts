import type { Libc } from '#shared/linux/libc.ts';

/** Bytes of a slot. */
export const slotBytes = 65_536;

/** Slots that are mapped together. */
const chunk = 64;

/** Freed slots whose pages are kept for the next one; those of others go back to the kernel. */
const kept = 16;

const MADV_DONTNEED = 4;

/** Buffers at fixed addresses, as many as are asked for; a page of them is real once it was used. */
export class Slots {
  readonly #libc: Libc;
  /** By slot: its address, which is a BigInt and so made once. */
  readonly addresses: bigint[] = [];
  readonly #free: number[] = [];

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  /** @throws SystemError where the kernel has no address space left. */
  take(): number {
    const slot = this.#free.pop();
    if (slot !== undefined) return slot;
    const first = this.addresses.length;
    const { address } = this.#libc.map(chunk * slotBytes);
    for (let index = 0; index < chunk; index += 1) this.addresses.push(address + BigInt(index * slotBytes));
    for (let index = chunk - 1; index > 0; index -= 1) this.#free.push(first + index);
    return first;
  }

  give(slot: number): void {
    // the last in is the first out, so that the same few are used again and again
    if (this.addresses.length - this.#free.length > kept + 1)
      this.#libc.madvise(this.addresses[slot] ?? 0n, BigInt(slotBytes), MADV_DONTNEED);
    this.#free.push(slot);
  }
}
