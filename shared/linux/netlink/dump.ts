import { SystemError } from '../libc.ts';
import { aligned, header, headerSize, NLM_F, NLMSG, type Received } from './message.ts';
import type { NetlinkSocket } from './socket.ts';

/** Is given one message of a dump: its type, and where what follows its header begins and ends, in bytes of what was received. */
export type Visit = (received: Received, from: number, end: number, type: number) => void;

/** The number of the last request of this thread: what answers an earlier one is told from it. */
let sequence = 0;

/** One dump: a request, and the messages that answer it, piece by piece, so that others may have a turn between two pieces. */
export class Dump {
  readonly #socket: NetlinkSocket;
  readonly #sequence: number;
  #interrupted = false;

  /** Sends the request. @param request as `request` makes them, with NLM_F.DUMP. @throws SystemError */
  constructor(socket: NetlinkSocket, request: Uint8Array) {
    this.#socket = socket;
    sequence = (sequence + 1) >>> 0;
    this.#sequence = sequence;
    new DataView(request.buffer, request.byteOffset).setUint32(header.sequence, sequence, true);
    socket.send(request);
  }

  /** Whether the kernel said that what it dumped changed meanwhile: something may be missing or twice (NLM_F_DUMP_INTR). */
  get interrupted(): boolean {
    return this.#interrupted;
  }

  /**
   * Reads the next piece, of some dozens of messages.
   * @returns whether more is to come.
   * @throws SystemError with the code that the kernel refused it with; and where the dump ends without its end.
   */
  next(visit: Visit): boolean {
    const length = this.#socket.receive();
    if (length === 0) throw new SystemError('read netlink', 0, 'a dump ended before its end');
    const { received } = this.#socket;
    const { halves, words } = received;
    for (let at = 0; at + headerSize <= length; ) {
      const size = words[at >> 2] ?? 0;
      if (size < headerSize || at + size > length) break;
      if ((words[(at + header.sequence) >> 2] ?? 0) === this.#sequence) {
        const type = halves[(at + header.type) >> 1] ?? 0;
        if (((halves[(at + header.flags) >> 1] ?? 0) & NLM_F.DUMP_INTR) !== 0) this.#interrupted = true;
        if (type === NLMSG.DONE || type === NLMSG.ERROR) {
          // both have an int of 0 or a negative errno; that of a DONE may be missing
          const errno = size >= headerSize + 4 ? -((words[(at + headerSize) >> 2] ?? 0) | 0) : 0;
          if (errno !== 0) throw new SystemError('netlink', errno);
          return false;
        }
        if (type !== NLMSG.NOOP) visit(received, at + headerSize, at + size, type);
      }
      at += aligned(size);
    }
    return true;
  }
}

/** How often an interrupted dump is made again before it is taken as it is. */
const attempts = 5;

/**
 * Makes a whole dump at once; one that was interrupted again, so that nothing is missing or twice.
 * @param decode what it makes of a message; undefined leaves it out
 * @returns what was made of each message, in order.
 * @throws SystemError as {@link Dump.next}
 */
export function dumpAll<T>(
  socket: NetlinkSocket,
  request: Uint8Array,
  decode: (...message: Parameters<Visit>) => T | undefined,
): T[] {
  for (let attempt = 1; ; attempt += 1) {
    const found: T[] = [];
    const dump = new Dump(socket, request);
    const visit: Visit = (...message) => {
      const made = decode(...message);
      if (made !== undefined) found.push(made);
    };
    while (dump.next(visit));
    if (!dump.interrupted || attempt === attempts) return found;
  }
}
