import { toxicKinds } from './toxics/kinds.ts';
import { type Effect, type End, type Head, hold, type Moment, pass, type Toxic, type Verdict } from './toxics/toxic.ts';

/** What is on its way in one direction: some bytes, or the end of the stream behind them. */
export interface Held {
  readonly bytes: Buffer;
  readonly end: End | undefined;
}

const nothing = Buffer.alloc(0);

/** The end of a stream, as something that is on its way. */
export function ending(end: End): Held {
  return { bytes: nothing, end };
}

/** Bytes that one toxic holds before those behind it have to wait. */
const limit = 1024 * 1024;

/** What a piece costs beside its bytes: many small ones must not fill the memory either. */
const costOfPiece = 256;

/** A toxic on one connection, and what it holds there, in order. */
export class Stage {
  /** When it wants to be asked again, by `performance.now()`; infinite where it does not. */
  wakeAt = Number.POSITIVE_INFINITY;
  /** Whether it holds something that does not pass as long as it is not changed. */
  isStuck = false;
  #toxic: Toxic;
  #began = performance.now();
  /** Drawn once: whether the toxic works on this connection is not decided anew when it is changed. */
  readonly #draw = Math.random();
  readonly #effect: Effect;
  #queue: Waiting[] = [];
  #cost = 0;

  constructor(toxic: Toxic) {
    const kind = toxicKinds.get(toxic.type);
    if (kind === undefined) throw new Error(`there is no toxic of the type ${toxic.type}`);
    this.#toxic = toxic;
    this.#effect = kind.begin();
  }

  get toxic(): Toxic {
    return this.#toxic;
  }

  /** Takes another form of the same toxic. What it did so far, it remembers. */
  change(toxic: Toxic): void {
    if (toxic === this.#toxic) return;
    this.#toxic = toxic;
    this.#began = performance.now();
  }

  /** Whether it should not get more for now. */
  get isFull(): boolean {
    return this.#cost >= limit;
  }

  put({ bytes, end }: Held, now: number): void {
    this.#cost += bytes.length + costOfPiece;
    this.#queue.push({ bytes, end, size: bytes.length, since: now, luck: Math.random() * 2 - 1 });
  }

  /** What goes on next, where something does by now; `close` and `reset` are for the whole connection. */
  take(now: number): Held | 'close' | 'reset' | undefined {
    const head = this.#queue[0];
    const verdict = this.#decide(head, { now, began: this.#began });
    this.isStuck = verdict.do === 'hold' && head !== undefined;
    this.wakeAt = 'until' in verdict ? verdict.until : Number.POSITIVE_INFINITY;
    if ('until' in verdict) return undefined;
    if (verdict.do !== 'pass') return verdict.do;
    return head === undefined ? undefined : this.#shift(head, verdict.bytes);
  }

  /** Gives away all that it holds. */
  empty(): readonly Held[] {
    const all = this.#queue;
    this.#queue = [];
    this.#cost = 0;
    return all;
  }

  #decide(head: Head | undefined, moment: Moment): Verdict {
    const { toxicity, attributes } = this.#toxic;
    const works = this.#draw < toxicity;
    if (head === undefined) return (works ? this.#effect.idle?.(attributes, moment) : undefined) ?? hold;
    return works ? this.#effect.next(head, attributes, moment) : pass;
  }

  #shift(head: Waiting, size: number): Held {
    if (size < head.size) {
      const bytes = head.bytes.subarray(0, size);
      this.#cost -= size;
      this.#queue[0] = { ...head, bytes: head.bytes.subarray(size), size: head.size - size };
      return { bytes, end: undefined };
    }
    this.#cost -= head.size + costOfPiece;
    this.#queue.shift();
    return head;
  }
}

interface Waiting extends Held, Head {
  readonly end: End | undefined;
}
