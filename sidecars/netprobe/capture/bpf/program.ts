/** An instruction of classic BPF: struct sock_filter of linux/filter.h. */
export interface Instruction {
  readonly code: number;
  /** How many instructions are skipped where a comparison holds, and where it does not. */
  readonly jt: number;
  readonly jf: number;
  /** From 0 to 2^32 − 1. */
  readonly k: number;
}

/** A filter that the kernel takes. It ends with how many bytes of a packet are kept, 0 for none. */
export type BpfProgram = readonly Instruction[];

/** How many instructions the kernel takes (BPF_MAXINSNS). */
export const programLimit = 4096;

/** How many words of memory a program has (BPF_MEMWORDS). */
export const programMemory = 16;

/** Codes of instructions, by linux/bpf_common.h. A is the accumulator, X the index register, K the constant. */
export const bpfCode = {
  /** A = the packet at K: a word, half of it, a byte. */
  loadWord: 0x20,
  loadHalf: 0x28,
  loadByte: 0x30,
  /** A = the packet at X + K. */
  loadWordIndexed: 0x40,
  loadHalfIndexed: 0x48,
  loadByteIndexed: 0x50,
  loadConstant: 0x00,
  /** A = how long the packet is. */
  loadLength: 0x80,
  loadMemory: 0x60,
  /** X = 4 × (the low half of the byte at K): how long an IPv4 header is. */
  indexHeader: 0xb1,
  storeMemory: 0x02,
  add: 0x04,
  subtract: 0x14,
  multiply: 0x24,
  divide: 0x34,
  or: 0x44,
  and: 0x54,
  shiftLeft: 0x64,
  shiftRight: 0x74,
  negate: 0x84,
  modulo: 0x94,
  exclusiveOr: 0xa4,
  jump: 0x05,
  jumpEqual: 0x15,
  jumpGreater: 0x25,
  jumpGreaterEqual: 0x35,
  /** Where A & K is not 0. */
  jumpSet: 0x45,
  /** Joined to an arithmetic code or a comparison: with X instead of K. */
  withIndex: 0x08,
  end: 0x06,
  indexFromAccumulator: 0x07,
} as const;

/** What the kernel tells beside a packet, loaded from these offsets (SKF_AD_OFF of linux/filter.h, −0x1000, and what is behind it). */
export const besidePacket = {
  /** PACKET_HOST, PACKET_BROADCAST …; 4 is PACKET_OUTGOING. */
  packetType: 0xff_ff_f0_04,
  interfaceIndex: 0xff_ff_f0_08,
  hardware: 0xff_ff_f0_1c,
  vlanTag: 0xff_ff_f0_2c,
  vlanTagPresent: 0xff_ff_f0_30,
} as const;

/** PACKET_OUTGOING of linux/if_packet.h. */
export const outgoingPacket = 4;

/** An instruction without jumps. */
export function instruction(code: number, k = 0): Instruction {
  return { code, jt: 0, jf: 0, k };
}

/** A program that takes no packet: attached while a capture ends, it keeps the kernel from counting more. */
export const rejectAll: BpfProgram = [instruction(bpfCode.end, 0)];

/** The program as the kernel takes it: struct sock_filter, 8 bytes each, little endian. */
export function programBytes(program: BpfProgram): Uint8Array {
  const bytes = new Uint8Array(program.length * 8);
  const view = new DataView(bytes.buffer);
  for (const [index, { code, jt, jf, k }] of program.entries()) {
    view.setUint16(index * 8, code, true);
    bytes[index * 8 + 2] = jt;
    bytes[index * 8 + 3] = jf;
    view.setUint32(index * 8 + 4, k, true);
  }
  return bytes;
}
