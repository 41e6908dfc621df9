import { type BpfProgram, bpfCode, programMemory } from './program.ts';

const code = bpfCode;
const X = bpfCode.withIndex;

/** Memory of a program. It needs not be cleared: a program that was compiled here stores before it loads. */
const memory = new Uint32Array(programMemory);

/**
 * Runs a filter that was compiled here on a packet, as the kernel and libpcap do.
 * @param start where the packet begins in `bytes`. @param end behind its last byte. @param length how long it was on the wire
 * @returns how many bytes of it are kept; 0 where it does not pass, where the filter loads what is not there, and what is beside a packet is not there.
 */
export function runFilter(program: BpfProgram, bytes: Uint8Array, start: number, end: number, length: number): number {
  const size = end - start;
  let a = 0;
  let x = 0;
  for (let index = 0; index < program.length; index += 1) {
    const step = program[index];
    if (step === undefined) return 0;
    const { k } = step;
    switch (step.code) {
      case code.loadWord:
        if (k + 4 > size) return 0;
        a = word(bytes, start + k);
        break;
      case code.loadHalf:
        if (k + 2 > size) return 0;
        a = half(bytes, start + k);
        break;
      case code.loadByte:
        if (k >= size) return 0;
        a = bytes[start + k] ?? 0;
        break;
      case code.jumpEqual:
        index += a === k ? step.jt : step.jf;
        break;
      case code.jumpGreater:
        index += a > k ? step.jt : step.jf;
        break;
      case code.jumpGreaterEqual:
        index += a >= k ? step.jt : step.jf;
        break;
      case code.jumpSet:
        index += (a & k) !== 0 ? step.jt : step.jf;
        break;
      case code.jump:
        index += k;
        break;
      case code.end:
        return k;
      case code.indexHeader:
        if (k >= size) return 0;
        x = ((bytes[start + k] ?? 0) & 15) << 2;
        break;
      case code.loadWordIndexed:
        if (x + k + 4 > size) return 0;
        a = word(bytes, start + x + k);
        break;
      case code.loadHalfIndexed:
        if (x + k + 2 > size) return 0;
        a = half(bytes, start + x + k);
        break;
      case code.loadByteIndexed:
        if (x + k >= size) return 0;
        a = bytes[start + x + k] ?? 0;
        break;
      case code.and:
        a = (a & k) >>> 0;
        break;
      case code.loadConstant:
        a = k;
        break;
      case code.loadLength:
        a = length;
        break;
      case code.loadMemory:
        a = memory[k] ?? 0;
        break;
      case code.storeMemory:
        memory[k] = a;
        break;
      case code.indexFromAccumulator:
        x = a;
        break;
      case code.negate:
        a = -a >>> 0;
        break;
      case code.jumpEqual | X:
        index += a === x ? step.jt : step.jf;
        break;
      case code.jumpGreater | X:
        index += a > x ? step.jt : step.jf;
        break;
      case code.jumpGreaterEqual | X:
        index += a >= x ? step.jt : step.jf;
        break;
      default: {
        const right = (step.code & X) === 0 ? k : x;
        if (right === 0 && divides(step.code)) return 0;
        a = calculate(step.code & ~X, a, right);
      }
    }
  }
  return 0;
}

function word(bytes: Uint8Array, at: number): number {
  return (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0;
}

function half(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function divides(operation: number): boolean {
  return (operation & ~X) === code.divide || (operation & ~X) === code.modulo;
}

/** @throws RangeError where there is no such operation */
function calculate(operation: number, left: number, right: number): number {
  switch (operation) {
    case code.add:
      return (left + right) >>> 0;
    case code.subtract:
      return (left - right) >>> 0;
    case code.multiply:
      return Math.imul(left, right) >>> 0;
    case code.divide:
      return Math.floor(left / right);
    case code.modulo:
      return left % right;
    case code.and:
      return (left & right) >>> 0;
    case code.or:
      return (left | right) >>> 0;
    case code.exclusiveOr:
      return (left ^ right) >>> 0;
    case code.shiftLeft:
      return right > 31 ? 0 : (left << right) >>> 0;
    case code.shiftRight:
      return right > 31 ? 0 : left >>> right;
    default:
      throw new RangeError(`no filter has an instruction ${operation}`);
  }
}
