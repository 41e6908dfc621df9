// struct nlmsghdr and struct nlattr: linux/netlink.h. Numbers are in the byte order of the machine, which is little endian on both that we run on.

/** Families of netlink (linux/netlink.h). */
export const NETLINK = { ROUTE: 0, SOCK_DIAG: 4 } as const;

/** Types of messages that every family has. */
export const NLMSG = { NOOP: 1, ERROR: 2, DONE: 3, OVERRUN: 4 } as const;

/** Flags of a message. */
export const NLM_F = { REQUEST: 1, MULTI: 2, ACK: 4, DUMP_INTR: 0x10, DUMP: 0x300 } as const;

/** sizeof(struct nlmsghdr). */
export const headerSize = 16;

/** Where the fields of struct nlmsghdr are, in bytes. */
export const header = { length: 0, type: 4, flags: 6, sequence: 8 } as const;

/** Messages and attributes begin at multiples of four. */
export function aligned(length: number): number {
  return (length + 3) & ~3;
}

/**
 * A request: the header and what follows it.
 * @param type the type of the message, as its family has them
 * @param flags beside NLM_F_REQUEST
 * @param body the struct of the family, and its attributes
 */
export function request(type: number, flags: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(headerSize + aligned(body.length));
  const view = new DataView(bytes.buffer);
  view.setUint32(header.length, bytes.length, true);
  view.setUint16(header.type, type, true);
  view.setUint16(header.flags, NLM_F.REQUEST | flags, true);
  bytes.set(body, headerSize);
  return bytes;
}

/** The same memory seen in three widths. */
export interface Received {
  readonly bytes: Uint8Array;
  readonly halves: Uint16Array;
  readonly words: Uint32Array;
}

/** Sees a buffer in three widths. @param buffer its length is a multiple of four */
export function received(buffer: ArrayBuffer): Received {
  return { bytes: new Uint8Array(buffer), halves: new Uint16Array(buffer), words: new Uint32Array(buffer) };
}

/**
 * Visits the attributes between two offsets (struct nlattr). What is cut off, or shorter than its own header, ends it: nothing behind
 * the end is ever read.
 * @param visit is given the type without the flag for nested ones, and where the content begins and ends, in bytes
 */
export function attributes(
  { halves }: Received,
  from: number,
  end: number,
  visit: (type: number, from: number, end: number) => void,
): void {
  for (let at = from; at + 4 <= end; ) {
    const length = halves[at >> 1] ?? 0;
    if (length < 4 || at + length > end) return;
    visit((halves[(at + 2) >> 1] ?? 0) & 0x3fff, at + 4, at + length);
    at += aligned(length);
  }
}
