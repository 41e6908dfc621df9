import type { Socket } from 'node:net';
import { ending, type Held, Stage } from './stage.ts';
import type { End, Toxic } from './toxics/toxic.ts';

/** What a lane tells of. */
export interface LaneOwner {
  /** So many bytes came in. */
  came(lane: Lane): void;
  /** So many bytes were given to the sink. */
  carried(lane: Lane, bytes: number): void;
  /** A toxic closes the connection, and all that it let pass is given to the sink. */
  closedByToxic(lane: Lane): void;
  /** A toxic resets the connection. */
  resetByToxic(): void;
  /** The source reset the connection, and what has to come before that is given to the sink. */
  resetBySource(lane: Lane): void;
}

/** Pieces that a lane moves before the others have their turn. */
const turn = 256;

/** The longest time that a timer of Node can wait, in milliseconds. */
const longestTimer = 2 ** 31 - 1;

/**
 * One direction of a connection, through the toxics of that direction in their order:
 *
 *     source ─▶ stage ─▶ stage ─▶ … ─▶ exit ─▶ sink
 *
 * A stage that is full, or an exit whose sink takes nothing, stops the stage before it, and the first one the source. Bytes and the end
 * of the stream are in one queue, so no toxic can change their order; and what a removed toxic held goes to the one behind it.
 */
export class Lane {
  readonly source: Socket;
  readonly sink: Socket;
  /** When the source was stopped from sending, by `performance.now()`; 0 while it is read. */
  stoppedAt = 0;
  readonly #owner: LaneOwner;
  #stages: Stage[] = [];
  /** What the sink does not take yet. It is filled only while that is so, and by what a removed toxic held. */
  #exit: Held[] = [];
  #isBlocked = false;
  /** The source has nothing more to say: its end is on its way, or a toxic has closed the connection. */
  #isEnding = false;
  #isResetting = false;
  #isClosing = false;
  #isStopped = false;
  #isRunning = false;
  #timer: NodeJS.Timeout | undefined;
  #again: NodeJS.Immediate | undefined;

  constructor(source: Socket, sink: Socket, toxics: readonly Toxic[], owner: LaneOwner) {
    this.source = source;
    this.sink = sink;
    this.#owner = owner;
    this.#stages = toxics.map((toxic) => new Stage(toxic));
  }

  /** Begins to carry. */
  open(): void {
    this.source.on('data', (bytes: Buffer) => this.#enter({ bytes, end: undefined }));
    this.source.on('end', () => this.#end('fin'));
    this.sink.on('drain', () => {
      this.#isBlocked = false;
      this.#run();
    });
    this.source.resume();
    this.#run();
  }

  /** The toxics from now on. Those that were there keep what they hold and remember, as long as their order is the same. */
  set(toxics: readonly Toxic[]): void {
    if (this.#isStopped) return;
    const before = this.#stages;
    let from = 0;
    const after: Stage[] = [];
    const kept = new Set<Stage>();
    for (const toxic of toxics) {
      const at = before.findIndex(
        ({ toxic: { name, type } }, index) => index >= from && name === toxic.name && type === toxic.type,
      );
      const known = before[at];
      if (known !== undefined) {
        known.change(toxic);
        from = at + 1;
        kept.add(known);
        after.push(known);
      } else if (!this.#isClosing) {
        after.push(new Stage(toxic));
      }
    }
    this.#stages = after;
    this.#release(before, kept);
    this.#run();
  }

  /** The source was reset: that follows what it sent before. */
  fail(): void {
    if (this.#isClosing) return;
    this.#isResetting = true;
    this.#end('reset');
  }

  /** Carries nothing more; what the source still sends is thrown away. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    clearImmediate(this.#again);
    this.#stages = [];
    this.#exit = [];
    this.stoppedAt = 0;
    this.source.resume();
  }

  #end(end: End): void {
    if (this.#isEnding && end === 'fin') return;
    this.#isEnding = true;
    this.#enter(ending(end));
  }

  #enter(held: Held): void {
    if (this.#isStopped || this.#isClosing) return;
    if (held.bytes.length > 0) this.#owner.came(this);
    this.#put(0, held, performance.now());
    this.#run();
  }

  #put(index: number, held: Held, now: number): void {
    const stage = this.#stages[index];
    if (stage === undefined) this.#exit.push(held);
    else stage.put(held, now);
  }

  /** What removed stages hold goes on to the next that is kept; what is nearer to the sink goes first. */
  #release(before: readonly Stage[], kept: ReadonlySet<Stage>): void {
    const now = performance.now();
    let to = this.#stages.length;
    for (const stage of before.toReversed()) {
      if (kept.has(stage)) to = this.#stages.indexOf(stage);
      else for (const held of stage.empty()) this.#put(to, held, now);
    }
  }

  #run(): void {
    if (this.#isRunning || this.#isStopped) return;
    this.#isRunning = true;
    const isDone = this.#moveAll();
    this.#isRunning = false;
    if (this.#isStopped) return;
    if (this.#isResetting && (this.#isBlocked || this.#stages.some((stage) => stage.isStuck))) {
      // a reset waits for the time that toxics take, but not for a sink that does not read, nor for a toxic without an end
      this.#owner.resetBySource(this);
      return;
    }
    this.#regulate();
    this.#plan(isDone);
  }

  /** Moves what can be moved. @returns false where that is enough for one turn, and more is left. */
  #moveAll(): boolean {
    let left = turn;
    for (let moved = true; moved && !this.#isStopped; ) {
      moved = this.#flush();
      for (let index = this.#stages.length - 1; index >= 0 && !this.#isStopped; index -= 1) {
        while (this.#hasRoom(index + 1) && this.#move(index)) {
          moved = true;
          left -= 1;
          if (left === 0) return false;
        }
      }
    }
    return true;
  }

  #hasRoom(index: number): boolean {
    const stage = this.#stages[index];
    return stage === undefined ? !this.#isBlocked && !this.#isStopped : !stage.isFull;
  }

  #move(index: number): boolean {
    const now = performance.now();
    const taken = this.#stages[index]?.take(now);
    if (taken === undefined) return false;
    if (taken === 'reset') {
      this.#owner.resetByToxic();
      return false;
    }
    if (taken === 'close') {
      this.#isClosing = true;
      // what came before the toxic is lost with the connection
      this.#stages.splice(0, index + 1);
      this.#put(0, ending('close'), now);
      return true;
    }
    this.#put(index + 1, taken, now);
    if (index + 1 === this.#stages.length) this.#flush();
    return true;
  }

  /** Gives to the sink what it takes. @returns whether that was anything. */
  #flush(): boolean {
    let done = 0;
    for (const held of this.#exit) {
      if (this.#isBlocked || this.#isStopped) break;
      done += 1;
      this.#give(held);
    }
    this.#exit.splice(0, done);
    return done > 0;
  }

  #give({ bytes, end }: Held): void {
    if (end === 'fin') this.sink.end();
    else if (end === 'close') this.#owner.closedByToxic(this);
    else if (end === 'reset') this.#owner.resetBySource(this);
    else {
      this.#isBlocked = !this.sink.write(bytes);
      this.#owner.carried(this, bytes.length);
    }
  }

  #regulate(): void {
    const first = this.#stages[0];
    const isFull = this.#isClosing || (first === undefined ? this.#isBlocked || this.#exit.length > 0 : first.isFull);
    if (isFull && this.stoppedAt === 0) {
      this.stoppedAt = performance.now();
      this.source.pause();
    } else if (!isFull && this.stoppedAt > 0) {
      this.stoppedAt = 0;
      this.source.resume();
    }
  }

  #plan(isDone: boolean): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#again);
    if (!isDone) {
      this.#again = setImmediate(() => this.#run());
      return;
    }
    const now = performance.now();
    const at = Math.min(
      ...this.#stages.map(({ wakeAt }, index) => (this.#hasRoom(index + 1) ? wakeAt : Number.POSITIVE_INFINITY)),
    );
    if (at === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => this.#run(), Math.min(Math.max(1, Math.ceil(at - now)), longestTimer));
  }
}
