import type { Instruction } from './program.ts';

/** How a number comes into the accumulator. Loads with the same key are one object in a {@link FilterGraph}. */
export interface Load {
  readonly key: string;
  /** Where the IPv4 header is whose length has to be in the index register before, if it has to. */
  readonly header: number | undefined;
  readonly instructions: readonly Instruction[];
  /** Whether the index register holds something else afterwards. */
  readonly spoilsIndex: boolean;
  /** What it is a part of: another load, of which these bits are kept. */
  readonly masked: { readonly of: Load; readonly mask: number } | undefined;
}

/** A comparison of what was loaded. */
export interface BranchComparison {
  readonly load: Load;
  /** A code of a conditional jump. */
  readonly code: number;
  /** What it is compared with; where it is asked whether they are equal, these may be several, and one has to be. */
  readonly values: readonly number[];
}

/** A place where a filter decides. */
export interface Branch {
  readonly type: 'branch';
  readonly id: number;
  readonly comparison: BranchComparison;
  onTrue: Target;
  onFalse: Target;
}

/** The end of a filter. */
export interface Leaf {
  readonly type: 'leaf';
  readonly id: number;
  readonly accepts: boolean;
}

/** Where a filter goes on. */
export type Target = Branch | Leaf;

/** Something to decide, before it is known where that leads: gives the first branch of it. */
export type Decision = (onTrue: Target, onFalse: Target) => Target;

/** How many branches a filter may have before they are simplified. */
export const branchLimit = 40_000;

/** The branches of a filter that is being built. Equal ones are one. */
export class FilterGraph {
  readonly accept: Leaf = { type: 'leaf', id: 0, accepts: true };
  readonly reject: Leaf = { type: 'leaf', id: 1, accepts: false };
  readonly #loads = new Map<string, Load>();
  readonly #branches = new Map<string, Branch>();

  /** A load, made where there is none with this key yet. */
  load(load: Load): Load {
    const known = this.#loads.get(load.key);
    if (known === undefined) this.#loads.set(load.key, load);
    return known ?? load;
  }

  /** @throws RangeError where there are more than {@link branchLimit} */
  branch(comparison: BranchComparison, onTrue: Target, onFalse: Target): Branch {
    const { load, code, values } = comparison;
    const key = `${load.key} ${code} ${values} ${onTrue.id} ${onFalse.id}`;
    let branch = this.#branches.get(key);
    if (branch === undefined) {
      if (this.#branches.size === branchLimit) throw new RangeError(`more than ${branchLimit} branches`);
      branch = { type: 'branch', id: this.#branches.size + 2, comparison, onTrue, onFalse };
      this.#branches.set(key, branch);
    }
    return branch;
  }
}

/** True of every packet. */
export const always: Decision = (onTrue) => onTrue;

/** True of no packet. */
export const never: Decision = (_onTrue, onFalse) => onFalse;

export function opposite(decision: Decision): Decision {
  return (onTrue, onFalse) => decision(onFalse, onTrue);
}

/** One after the other, until one does not hold. */
export function allOf(...decisions: readonly Decision[]): Decision {
  return (onTrue, onFalse) => decisions.reduceRight((next, decision) => decision(next, onFalse), onTrue);
}

/** One after the other, until one holds. */
export function anyOf(...decisions: readonly Decision[]): Decision {
  return (onTrue, onFalse) => decisions.reduceRight((next, decision) => decision(onTrue, next), onFalse);
}
