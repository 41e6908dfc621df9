import type { Branch, BranchComparison, Target } from './graph.ts';
import { bpfCode } from './program.ts';

/** What is known at a place of a filter: how a comparison ended, and what was known before it. */
interface Fact {
  readonly comparison: BranchComparison;
  readonly holds: boolean;
  readonly before: Fact | undefined;
  readonly depth: number;
}

/** How many comparisons before one are looked at: of thousands, the first are asked again now and then. */
const memory = 200;

/**
 * Makes a filter shorter, and changes nothing of what it takes, also of packets that are cut off: nothing is passed over that could load
 * what is not there and so end the filter, unless it ends without the packet anyway. Changes the branches.
 * @returns where the filter begins.
 */
export function simplifiedGraph(root: Target): Target {
  leadPastKnown(root);
  const merged = withoutCopies(root);
  leadPastKnown(merged);
  return withoutCopies(merged);
}

/** Leads every branch past comparisons whose outcome is known by then: behind `ip` nothing asks again whether it is IPv4. */
function leadPastKnown(root: Target): void {
  const known = new Map<Target, Fact | undefined>([[root, undefined]]);
  for (const branch of inOrder(root)) {
    // what nothing leads to any more has no entry
    if (!known.has(branch)) continue;
    const before = known.get(branch);
    for (const holds of [true, false]) {
      const fact = { comparison: branch.comparison, holds, before, depth: (before?.depth ?? 0) + 1 };
      const target = pastKnown(holds ? branch.onTrue : branch.onFalse, fact);
      if (holds) branch.onTrue = target;
      else branch.onFalse = target;
      if (target.type === 'branch') known.set(target, known.has(target) ? common(known.get(target), fact) : fact);
    }
  }
}

/** Makes one of branches that do the same, and leaves out those that lead to nothing but the end without the packet. */
function withoutCopies(root: Target): Target {
  const instead = new Map<Target, Target>();
  const same = new Map<string, Branch>();
  const final = (target: Target) => instead.get(target) ?? target;
  for (const branch of inOrder(root).toReversed()) {
    branch.onTrue = final(branch.onTrue);
    branch.onFalse = final(branch.onFalse);
    const { onTrue, onFalse, comparison } = branch;
    if (onTrue === onFalse && onTrue.type === 'leaf' && !onTrue.accepts) {
      instead.set(branch, onTrue);
      continue;
    }
    const key = `${comparison.load.key} ${comparison.code} ${comparison.values} ${onTrue.id} ${onFalse.id}`;
    const other = same.get(key);
    if (other === undefined) same.set(key, branch);
    else instead.set(branch, other);
  }
  return final(root);
}

/** The branches of a filter, each before those that it leads to. */
export function inOrder(root: Target): readonly Branch[] {
  const done: Branch[] = [];
  const seen = new Set<Target>();
  const path: { readonly target: Target; isLeft: boolean }[] = [{ target: root, isLeft: false }];
  for (let step = path.pop(); step !== undefined; step = path.pop()) {
    const { target, isLeft } = step;
    if (target.type === 'leaf') continue;
    if (isLeft) done.push(target);
    else if (!seen.has(target)) {
      seen.add(target);
      path.push({ target, isLeft: true }, { target: target.onFalse, isLeft: false }, { target: target.onTrue, isLeft: false });
    }
  }
  return done.reverse();
}

function pastKnown(target: Target, fact: Fact): Target {
  let past = target;
  while (past.type === 'branch') {
    const outcome = outcomeOf(past.comparison, fact);
    if (outcome === undefined) return past;
    past = outcome ? past.onTrue : past.onFalse;
  }
  return past;
}

/** How a comparison ends by what is known; undefined where that does not tell. */
function outcomeOf(comparison: BranchComparison, fact: Fact): boolean | undefined {
  const { load, code } = comparison;
  let left = comparison.values;
  let known: Fact | undefined = fact;
  for (let seen = 0; known !== undefined && seen < memory; known = known.before, seen += 1) {
    const { comparison: other, holds } = known;
    const isSame = other.load === load;
    if (!isSame && other.load !== load.masked?.of) continue;
    if (isSame && other.code === code && String(other.values) === String(comparison.values)) return holds;
    if (other.code !== bpfCode.jumpEqual) continue;
    if (holds) {
      // its value is one of these
      const possible = isSame ? other.values : other.values.map((value) => (value & (load.masked?.mask ?? 0)) >>> 0);
      const [outcome, ...others] = new Set(possible.map((value) => compared(code, value, left)));
      if (others.length === 0 && outcome !== undefined) return outcome;
    } else if (isSame && code === bpfCode.jumpEqual) {
      left = left.filter((value) => !other.values.includes(value));
      if (left.length === 0) return false;
    }
  }
  return undefined;
}

function compared(code: number, value: number, others: readonly number[]): boolean | undefined {
  const [k = 0] = others;
  switch (code) {
    case bpfCode.jumpEqual:
      return others.includes(value);
    case bpfCode.jumpGreater:
      return value > k;
    case bpfCode.jumpGreaterEqual:
      return value >= k;
    case bpfCode.jumpSet:
      return (value & k) !== 0;
    default:
      return undefined;
  }
}

/** What is known whichever of two ways was gone: what was known before they parted. */
function common(one: Fact | undefined, other: Fact | undefined): Fact | undefined {
  let [a, b] = [one, other];
  while (a !== b) {
    if ((a?.depth ?? 0) >= (b?.depth ?? 0)) a = a?.before;
    else b = b?.before;
  }
  return a;
}
