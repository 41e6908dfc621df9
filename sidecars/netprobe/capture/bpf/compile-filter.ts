import { assembledProgram } from './assemble.ts';
import { type FilteredPackets, PrimitiveCompiler } from './compile-primitive.ts';
import type { Condition, FilterExpression } from './expression.ts';
import { FilterError } from './filter-error.ts';
import { always, branchLimit, type Decision, FilterGraph, opposite, type Target } from './graph.ts';
import { Loads } from './loads.ts';
import { type BpfProgram, besidePacket, programLimit } from './program.ts';
import { simplifiedGraph } from './simplify-graph.ts';

/** What a filter is compiled for. */
export interface CompileOptions {
  /** A LINKTYPE_ value: Ethernet, raw IP, or one of Linux cooked captures. */
  readonly linkType: number;
  /** How many bytes of a packet that passes are kept. */
  readonly snapLength: number;
  /**
   * Where the outermost VLAN tag is: in the frame, as in files, or beside it, where the kernel puts it when packets are received.
   * `kernel` is also for what only the kernel knows, such as the direction.
   */
  readonly vlan: 'frame' | 'kernel';
}

/**
 * Compiles a filter; no filter takes every packet.
 * @throws FilterError where packets of this link cannot fulfil it, or the program is too long
 */
export function compileFilter(expression: FilterExpression | undefined, options: CompileOptions): BpfProgram {
  const { linkType, snapLength, vlan } = options;
  return programOf(expression, snapLength, (loads) =>
    filterDecision(loads, expression, { linkType, live: vlan === 'kernel', impossible: 'refused' }),
  );
}

/** What a filter decides, of packets that are captured live or read from a file. @throws FilterError */
export function filterDecision(
  loads: Loads,
  expression: FilterExpression | undefined,
  packets: Omit<FilteredPackets, 'vlan'>,
): Decision {
  if (expression === undefined) return always;
  const { text, root } = expression;
  const inFrame = decisionOf(root, new PrimitiveCompiler(loads, { ...packets, vlan: 'frame' }, text));
  if (!packets.live || !asksForTags(root)) return inFrame;
  // where the tag is differs from packet to packet: the driver may have left it in the frame
  const beside = decisionOf(root, new PrimitiveCompiler(loads, { ...packets, vlan: 'beside' }, text));
  const isBeside = loads.equal(loads.at(besidePacket.vlanTagPresent, 1), 1);
  return (onTrue, onFalse) => isBeside(beside(onTrue, onFalse), inFrame(onTrue, onFalse));
}

/** The program of a decision, short. @throws FilterError where it is too long for the kernel */
export function programOf(
  expression: FilterExpression | undefined,
  snapLength: number,
  decide: (loads: Loads) => Decision,
): BpfProgram {
  const tooLong = (instructions: string) =>
    new FilterError(
      `it makes ${instructions} instructions, and the kernel takes ${programLimit}; leave something out`,
      expression?.text ?? '',
      0,
    );
  const graph = new FilterGraph();
  let root: Target;
  try {
    root = decide(new Loads(graph))(graph.accept, graph.reject);
  } catch (error) {
    throw error instanceof RangeError ? tooLong(`more than ${branchLimit}`) : error;
  }
  const program = assembledProgram(simplifiedGraph(root), snapLength);
  if (program.length > programLimit) throw tooLong(String(program.length));
  return program;
}

function decisionOf(condition: Condition, compiler: PrimitiveCompiler): Decision {
  if (condition.type === 'not') return opposite(decisionOf(condition.condition, compiler));
  if (condition.type !== 'chain') return compiler.compile(condition);
  const first = decisionOf(condition.first, compiler);
  const rest = condition.rest.map(({ operator, condition: next }) => ({ operator, decision: decisionOf(next, compiler) }));
  return (onTrue, onFalse) => {
    // from the last to the first, as each has to know where to go on
    for (const { operator, decision } of rest.toReversed()) {
      const target = decision(onTrue, onFalse);
      if (operator === 'and') onTrue = target;
      else onFalse = target;
    }
    return first(onTrue, onFalse);
  };
}

function asksForTags(condition: Condition): boolean {
  if (condition.type === 'not') return asksForTags(condition.condition);
  if (condition.type !== 'chain') return condition.type === 'vlan';
  return asksForTags(condition.first) || condition.rest.some(({ condition: next }) => asksForTags(next));
}
