import type { Decision, FilterGraph, Load } from './graph.ts';
import { bpfCode, instruction } from './program.ts';

/** How many bytes are loaded at once. */
export type LoadSize = 1 | 2 | 4;

const everyBit = 0xff_ff_ff_ff;
const absolute = { 1: bpfCode.loadByte, 2: bpfCode.loadHalf, 4: bpfCode.loadWord } as const;
const indexedBy = { 1: bpfCode.loadByteIndexed, 2: bpfCode.loadHalfIndexed, 4: bpfCode.loadWordIndexed } as const;

/** The code that loads so many bytes at an offset, and at an offset from the index register. */
export function loadCodes(size: LoadSize): { readonly absolute: number; readonly indexed: number } {
  return { absolute: absolute[size], indexed: indexedBy[size] };
}

/** What a filter loads and compares. */
export class Loads {
  readonly graph: FilterGraph;

  constructor(graph: FilterGraph) {
    this.graph = graph;
  }

  /** Bytes at an offset from the beginning of the packet, or beside it. */
  at(offset: number, size: LoadSize): Load {
    return this.#made(`${size}@${offset}`, [instruction(absolute[size], offset)]);
  }

  /** Bytes at an offset from the end of the IPv4 header that begins at `header`. */
  behindHeader(header: number, offset: number, size: LoadSize): Load {
    const instructions = [instruction(indexedBy[size], header + offset)];
    return this.graph.load({ key: `${size}@${header}+${offset}`, header, instructions, spoilsIndex: false, masked: undefined });
  }

  /** How long the packet is. */
  length(): Load {
    return this.#made('length', [instruction(bpfCode.loadLength)]);
  }

  /** What instructions calculate. */
  calculated(instructions: Load['instructions']): Load {
    const key = instructions.map(({ code, k }) => `${code}:${k}`).join();
    return this.graph.load({ key, header: undefined, instructions, spoilsIndex: true, masked: undefined });
  }

  /** Some bits of a load. */
  masked(of: Load, mask: number): Load {
    if (mask === everyBit) return of;
    return this.graph.load({
      ...of,
      key: `${of.key}&${mask}`,
      instructions: [...of.instructions, instruction(bpfCode.and, mask)],
      masked: { of, mask },
    });
  }

  equal(load: Load, value: number): Decision {
    return this.compared(load, bpfCode.jumpEqual, value);
  }

  /** Whether a load is one of several values. */
  oneOf(load: Load, values: readonly number[]): Decision {
    return (onTrue, onFalse) => this.graph.branch({ load, code: bpfCode.jumpEqual, values }, onTrue, onFalse);
  }

  greater(load: Load, value: number): Decision {
    return this.compared(load, bpfCode.jumpGreater, value);
  }

  greaterEqual(load: Load, value: number): Decision {
    return this.compared(load, bpfCode.jumpGreaterEqual, value);
  }

  /** Whether any of these bits is set. */
  anyBit(load: Load, bits: number): Decision {
    return this.compared(load, bpfCode.jumpSet, bits);
  }

  compared(load: Load, code: number, k: number): Decision {
    return (onTrue, onFalse) => this.graph.branch({ load, code, values: [k] }, onTrue, onFalse);
  }

  #made(key: string, instructions: Load['instructions']): Load {
    return this.graph.load({ key, header: undefined, instructions, spoilsIndex: false, masked: undefined });
  }
}
