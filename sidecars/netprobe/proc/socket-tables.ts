import { closeSync, openSync, readSync } from 'node:fs';
import { SocketRecord } from '../sockets/record.ts';
import { SocketLine } from './socket-line.ts';
import { type Unread, unread } from './unread.ts';

/** How much is read before others may have a turn: some 430 sockets, for which kernel and parser take less than a millisecond. */
const pieceSize = 65_536;

const NEWLINE = 0x0a;

/** Is given each socket in the same record, which is filled anew for the next one. */
export type VisitSocket = (record: SocketRecord) => void;

/**
 * One reading of tables of sockets as text, piece by piece. Unlike a dump by netlink it has no tcp_info, no drops of listeners, no
 * limit of their queues, and no cookie: the inode stands for that, and sockets that no process holds any more, such as those in
 * TIME_WAIT, all have 0. What opens or closes between two pieces may be missing, or come twice.
 */
abstract class SocketTable {
  readonly #paths: string[];
  readonly #datagrams: boolean;
  readonly #unread: Unread[] = [];
  readonly #line = new SocketLine();
  readonly #record = new SocketRecord();
  readonly #piece = Buffer.allocUnsafeSlow(pieceSize);
  #fd: number | undefined;
  /** How much of a line is at the beginning of the piece, of which the rest is yet to be read. */
  #held = 0;
  #path = '';

  protected constructor(paths: readonly string[], datagrams: boolean) {
    this.#paths = [...paths];
    this.#datagrams = datagrams;
  }

  /** What could not be read, and why; without IPv6 the one for IPv6. */
  get unread(): readonly Unread[] {
    return this.#unread;
  }

  /** Reads the next piece. @returns whether more is to come. */
  next(visit: VisitSocket): boolean {
    if (this.#fd === undefined && !this.#open()) return this.#paths.length > 0;
    const length = this.#fill();
    const end = this.#visitLines(length, visit);
    // a line that fills the whole piece is none of the kernel's
    this.#held = end === 0 && length === pieceSize ? 0 : length - end;
    this.#piece.copyWithin(0, end, end + this.#held);
    return this.#fd !== undefined || this.#paths.length > 0;
  }

  /** Reads all that is left, at once. */
  all(visit: VisitSocket): void {
    while (this.next(visit));
  }

  /** Ends it before its end. */
  close(): void {
    this.#paths.length = 0;
    this.#closeFile();
  }

  #open(): boolean {
    const path = this.#paths.shift();
    if (path === undefined) return false;
    this.#path = path;
    this.#held = 0;
    try {
      this.#fd = openSync(path, 'r');
      return true;
    } catch (error) {
      this.#unread.push(unread(path, error));
      return false;
    }
  }

  /** Reads until the piece is full or the file ends; then it is closed. @returns how much is in the piece. */
  #fill(): number {
    let length = this.#held;
    try {
      // the kernel gives a page at a time
      while (this.#fd !== undefined && length < pieceSize) {
        const read = readSync(this.#fd, this.#piece, length, pieceSize - length, null);
        if (read === 0) this.#closeFile();
        length += read;
      }
    } catch (error) {
      this.#unread.push(unread(this.#path, error));
      this.#closeFile();
    }
    return length;
  }

  /** @returns where the first line begins that has no end yet. */
  #visitLines(length: number, visit: VisitSocket): number {
    let from = 0;
    for (;;) {
      const end = this.#piece.indexOf(NEWLINE, from);
      if (end < 0 || end >= length) return from;
      if (this.#line.read(this.#piece, from, end, this.#record, this.#datagrams)) visit(this.#record);
      from = end + 1;
    }
  }

  #closeFile(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}

/** All TCP sockets of the namespace, listeners and TIME_WAIT included. */
export class TcpTable extends SocketTable {
  constructor(paths: readonly string[] = ['/proc/self/net/tcp', '/proc/self/net/tcp6']) {
    super(paths, false);
  }
}

/** All UDP sockets of the namespace, with their drops. Those without a peer are in state CLOSE, the others in ESTABLISHED. */
export class UdpTable extends SocketTable {
  constructor(paths: readonly string[] = ['/proc/self/net/udp', '/proc/self/net/udp6']) {
    super(paths, true);
  }
}
