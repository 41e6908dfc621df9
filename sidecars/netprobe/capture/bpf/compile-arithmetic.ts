import type { Arithmetic, ArithmeticOperator, Matter } from './expression.ts';
import { allOf, type Decision, type Load, opposite } from './graph.ts';
import type { LinkLayer } from './link-layer.ts';
import { type LoadSize, type Loads, loadCodes } from './loads.ts';
import { protocolsOfWords } from './names.ts';
import { bpfCode, type Instruction, instruction, programMemory } from './program.ts';

const operations: Readonly<Record<ArithmeticOperator, number>> = {
  '+': bpfCode.add,
  '-': bpfCode.subtract,
  '*': bpfCode.multiply,
  '/': bpfCode.divide,
  '%': bpfCode.modulo,
  '&': bpfCode.and,
  '|': bpfCode.or,
  '^': bpfCode.exclusiveOr,
  '<<': bpfCode.shiftLeft,
  '>>': bpfCode.shiftRight,
};

/** Offsets from here on are beyond every packet; the kernel takes those near the end for what is beside it. */
const beyond = 2 ** 31;
const ipv6HeaderLength = 40;

/** What conditions that look at IP need. */
export interface HeaderTests {
  readonly loads: Loads;
  readonly link: LinkLayer;
  /** Whether it carries a protocol that has a word of its own, such as `tcp`, `ip`, `arp`. */
  readonly hasProtocol: (word: string) => Decision;
  /** Whether an IPv4 packet is whole, or the first of its fragments. */
  readonly isFirstFragment: Decision;
  /** @throws FilterError */
  readonly refuse: (what: string, position: number) => never;
}

/**
 * A comparison of numbers. It is false of a packet that has not the header whose bytes are compared; of what is right of an operator,
 * that is not asked, as libpcap does not ask it either.
 */
export function compileRelation(tests: HeaderTests, relation: Extract<Matter, { type: 'relation' }>): Decision {
  const compiler = new ArithmeticCompiler(tests);
  const { operator, left, right } = relation;
  const headers = [...compiler.headersOf(left), ...compiler.headersOf(right)];
  const isReversed = operator === '!=' || operator === '<' || operator === '<=';
  const decision = compiler.compare(left, right, operator);
  return allOf(...headers, isReversed ? opposite(decision) : decision);
}

class ArithmeticCompiler {
  readonly #tests: HeaderTests;

  constructor(tests: HeaderTests) {
    this.#tests = tests;
  }

  /** What a packet has to carry so that its bytes may be compared. */
  headersOf(value: Arithmetic): readonly Decision[] {
    if (value.type === 'negation') return this.headersOf(value.operand);
    if (value.type === 'operation') return this.headersOf(value.left);
    if (value.type !== 'bytes') return [];
    const { hasProtocol, isFirstFragment, loads, link } = this.#tests;
    const inner = this.headersOf(value.index);
    const { protocol } = value;
    if (protocol === 'link') return inner;
    if (protocol === 'icmp6') return [...inner, hasProtocol('ip6'), loads.equal(loads.at(link.payload + 6, 1), 58)];
    if (protocolsOfWords[protocol] === undefined) return [...inner, hasProtocol(protocol)];
    return [hasProtocol('ip'), ...inner, hasProtocol(protocol), isFirstFragment];
  }

  /** Compares, where `!=` is the opposite of `=`, and `<` and `<=` those of `>=` and `>`. */
  compare(left: Arithmetic, right: Arithmetic, operator: string): Decision {
    const { loads } = this.#tests;
    const code =
      operator === '=' || operator === '!='
        ? bpfCode.jumpEqual
        : operator === '>' || operator === '<='
          ? bpfCode.jumpGreater
          : bpfCode.jumpGreaterEqual;
    if (right.type === 'number') {
      const mask = maskOf(left);
      // x & y = 0 is one instruction
      if (mask !== undefined && code === bpfCode.jumpEqual && right.value === 0)
        return opposite(loads.anyBit(this.#load(mask.of), mask.bits));
      return loads.compared(this.#load(left), code, right.value);
    }
    const both = [
      ...this.#instructions(left, 0),
      instruction(bpfCode.storeMemory, 0),
      ...this.#instructions(right, 1),
      instruction(bpfCode.indexFromAccumulator),
      instruction(bpfCode.loadMemory, 0),
    ];
    return loads.compared(loads.calculated(both), code | bpfCode.withIndex, 0);
  }

  #load(value: Arithmetic): Load {
    const { loads, link } = this.#tests;
    if (value.type === 'length') return loads.length();
    if (value.type === 'bytes' && value.index.type === 'number') {
      const start = this.#start(value.protocol) + this.#offset(value.index.value, value.position);
      return isBehindHeader(value.protocol)
        ? loads.behindHeader(link.payload, start - link.payload, value.size)
        : loads.at(start, value.size);
    }
    const mask = maskOf(value);
    if (mask !== undefined) return loads.masked(this.#load(mask.of), mask.bits);
    return loads.calculated(this.#instructions(value, 0));
  }

  /** Instructions that bring a value into the accumulator. @param used how many words of memory are in use */
  #instructions(value: Arithmetic, used: number): readonly Instruction[] {
    switch (value.type) {
      case 'number':
        return [instruction(bpfCode.loadConstant, value.value)];
      case 'length':
        return [instruction(bpfCode.loadLength)];
      case 'negation':
        return [...this.#instructions(value.operand, used), instruction(bpfCode.negate)];
      case 'bytes':
        return this.#bytes(value, used);
      case 'operation': {
        const code = operations[value.operator];
        const left = this.#instructions(value.left, used);
        if (value.right.type === 'number') return [...left, instruction(code, value.right.value)];
        if (used === programMemory)
          return this.#tests.refuse('this takes more memory than a filter has; write it simpler', positionOf(value));
        return [
          ...left,
          instruction(bpfCode.storeMemory, used),
          ...this.#instructions(value.right, used + 1),
          instruction(bpfCode.indexFromAccumulator),
          instruction(bpfCode.loadMemory, used),
          instruction(code | bpfCode.withIndex),
        ];
      }
    }
  }

  #bytes({ protocol, index, size, position }: Extract<Arithmetic, { type: 'bytes' }>, used: number): readonly Instruction[] {
    const { payload } = this.#tests.link;
    const { absolute, indexed } = loadCodes(size as LoadSize);
    const start = this.#start(protocol);
    const isBehind = isBehindHeader(protocol);
    if (index.type === 'number') {
      const at = start + this.#offset(index.value, position);
      return isBehind ? [instruction(bpfCode.indexHeader, payload), instruction(indexed, at)] : [instruction(absolute, at)];
    }
    const toIndex = instruction(bpfCode.indexFromAccumulator);
    const offset = this.#instructions(index, used);
    if (!isBehind) return [...offset, toIndex, instruction(indexed, start)];
    const withHeader = [instruction(bpfCode.indexHeader, payload), instruction(bpfCode.add | bpfCode.withIndex)];
    return [...offset, ...withHeader, toIndex, instruction(indexed, start)];
  }

  /** Where a header begins; of one behind IPv4, where the IPv4 header does. */
  #start(protocol: string): number {
    const { payload } = this.#tests.link;
    if (protocol === 'link') return 0;
    return protocol === 'icmp6' ? payload + ipv6HeaderLength : payload;
  }

  #offset(value: number, position: number): number {
    return value < beyond - 4096 ? value : this.#tests.refuse('these bytes are beyond every packet', position);
  }
}

/** Whether bytes of it are behind an IPv4 header. */
function isBehindHeader(protocol: string): boolean {
  return protocol !== 'icmp6' && protocolsOfWords[protocol] !== undefined;
}

function maskOf(value: Arithmetic): { readonly of: Arithmetic; readonly bits: number } | undefined {
  return value.type === 'operation' && value.operator === '&' && value.right.type === 'number'
    ? { of: value.left, bits: value.right.value }
    : undefined;
}

function positionOf(value: Arithmetic): number {
  if (value.type === 'bytes') return value.position;
  if (value.type === 'operation') return positionOf(value.left) || positionOf(value.right);
  return value.type === 'negation' ? positionOf(value.operand) : 0;
}
