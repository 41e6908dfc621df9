import type { Branch, BranchComparison, Target } from './graph.ts';
import { type BpfProgram, bpfCode, type Instruction, instruction } from './program.ts';
import { inOrder } from './simplify-graph.ts';

/** The farthest that a conditional jump goes: its distance has 8 bits. */
const farthest = 255;

/** What the registers hold at a place: a key of a load, and the header whose length is in the index register. */
interface Registers {
  readonly accumulator: BranchComparison['load'] | undefined;
  readonly header: number | undefined;
}

/** A branch in its place: what it loads, and a jump for each side that is too far away. */
interface Block {
  readonly branch: Branch;
  readonly loads: readonly Instruction[];
  isTrueFar: boolean;
  isFalseFar: boolean;
}

/**
 * Writes the branches of a filter one behind the other. What a register holds already is not loaded again.
 * @param snapLength how many bytes of a packet that is accepted are kept
 */
export function assembledProgram(root: Target, snapLength: number): BpfProgram {
  const blocks = blocksOf(root);
  const leaves = { accept: instruction(bpfCode.end, snapLength), reject: instruction(bpfCode.end, 0) };
  if (root.type === 'leaf') return [root.accepts ? leaves.accept : leaves.reject];
  let placesOf = places(blocks);
  // a jump that is added moves others apart, so look again until nothing is too far
  for (let isStill = false; !isStill; ) {
    isStill = true;
    for (const block of blocks) {
      const end = placesOf.get(block.branch.id) ?? 0;
      const jump = end + block.loads.length;
      const isFar = (target: Target) => (placesOf.get(target.id) ?? 0) - jump - 1 > farthest;
      if ((block.isTrueFar || !isFar(block.branch.onTrue)) && (block.isFalseFar || !isFar(block.branch.onFalse))) continue;
      block.isTrueFar ||= isFar(block.branch.onTrue);
      block.isFalseFar ||= isFar(block.branch.onFalse);
      isStill = false;
    }
    if (!isStill) placesOf = places(blocks);
  }
  return [...blocks.flatMap((block) => written(block, placesOf)), leaves.accept, leaves.reject];
}

function blocksOf(root: Target): readonly Block[] {
  const before = new Map<Target, Registers>([[root, { accumulator: undefined, header: undefined }]]);
  return inOrder(root).map((branch) => {
    const { load, code } = branch.comparison;
    const registers = before.get(branch) ?? { accumulator: undefined, header: undefined };
    const usesIndex = (code & bpfCode.withIndex) !== 0;
    const loads = usesIndex ? load.instructions : missing(load, registers);
    const isDone = loads.length === 0;
    const header = load.spoilsIndex && !isDone ? undefined : isDone ? registers.header : (load.header ?? registers.header);
    const after = { accumulator: load, header };
    for (const target of [branch.onTrue, branch.onFalse]) {
      const other = before.get(target);
      before.set(target, other === undefined ? after : shared(other, after));
    }
    return { branch, loads, isTrueFar: false, isFalseFar: false };
  });
}

/** The instructions of a load without those whose work is done. */
function missing(load: BranchComparison['load'], { accumulator, header }: Registers): readonly Instruction[] {
  if (accumulator === load) return [];
  if (load.masked !== undefined && accumulator === load.masked.of) return load.instructions.slice(-1);
  if (load.header === undefined || load.header === header) return load.instructions;
  return [instruction(bpfCode.indexHeader, load.header), ...load.instructions];
}

function shared(one: Registers, other: Registers): Registers {
  return {
    accumulator: one.accumulator === other.accumulator ? one.accumulator : undefined,
    header: one.header === other.header ? one.header : undefined,
  };
}

/** Where each block begins, by the number of its branch, and each of the two ends. */
function places(blocks: readonly Block[]): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  let place = 0;
  for (const { branch, loads, isTrueFar, isFalseFar } of blocks) {
    found.set(branch.id, place);
    place += loads.length + branch.comparison.values.length + Number(isTrueFar) + Number(isFalseFar);
  }
  // FilterGraph.accept and reject
  return found.set(0, place).set(1, place + 1);
}

function written({ branch, loads, isTrueFar, isFalseFar }: Block, placesOf: ReadonlyMap<number, number>): readonly Instruction[] {
  const { code, values } = branch.comparison;
  const start = (placesOf.get(branch.id) ?? 0) + loads.length;
  const end = start + values.length;
  const place = (target: Target) => placesOf.get(target.id) ?? 0;
  const onTrue = isTrueFar ? end : place(branch.onTrue);
  const onFalse = isFalseFar ? end + Number(isTrueFar) : place(branch.onFalse);
  const comparisons = values.map((k, index) => {
    const next = start + index + 1;
    return { code, k, jt: onTrue - next, jf: index === values.length - 1 ? onFalse - next : 0 };
  });
  const jumps = [
    ...(isTrueFar ? [instruction(bpfCode.jump, place(branch.onTrue) - end - 1)] : []),
    ...(isFalseFar ? [instruction(bpfCode.jump, place(branch.onFalse) - end - 1 - Number(isTrueFar))] : []),
  ];
  return [...loads, ...comparisons, ...jumps];
}
