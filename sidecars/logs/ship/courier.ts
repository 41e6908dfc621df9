import { messageOf } from '#shared/exit.ts';
import type { Part } from '#shared/health.ts';
import type { Log } from '#shared/log.ts';
import { type Backoff, delays, sleep } from '#shared/retry.ts';
import { type Delivery, type Rejection, type Sink, SinkError } from '../sinks/sink.ts';
import type { DeadLetters } from './dead-letter.ts';
import { halvesOf, partsOf } from './halves.ts';

/** What a courier is told of the settings. */
export interface CourierOptions {
  readonly backoff: Backoff;
  /** Where records go that the sink will never take. */
  readonly deadLetters: DeadLetters;
  readonly part: Part;
  readonly log: Log;
}

/**
 * Brings batches to a sink, several at the same time, each again and again until it arrived. One that the sink will never take is sent in halves, and these again,
 * until the records are found that it refuses: they go to the dead letters, the others where they belong.
 *
 *     send → [again] → [halves] → dead letters
 */
export class Courier {
  readonly #sink: Sink;
  readonly #options: CourierOptions;
  readonly #retried: () => void;
  /** Aborted when batches get no more than one attempt, */
  readonly #patience = new AbortController();
  /** when no attempt is of use any more, */
  readonly #attempts = new AbortController();
  /** and whenever a batch arrives: then those that wait for their next attempt need not wait any longer. */
  #arrival = new AbortController();
  #gaveUp = false;

  /** @param retried hears of each batch that did not arrive, and is sent again. */
  constructor(sink: Sink, options: CourierOptions, retried: () => void) {
    this.#sink = sink;
    this.#options = options;
    this.#retried = retried;
  }

  /** Whether a batch was given up: no other is sent any more. */
  get gaveUp(): boolean {
    return this.#gaveUp;
  }

  /** From now on each batch gets one more attempt; one that fails ends the shipping. */
  stopRetrying(): void {
    this.#patience.abort();
    this.#arrival.abort();
  }

  /** Ends the attempts under way. */
  abort(): void {
    this.stopRetrying();
    this.#attempts.abort();
  }

  /**
   * Resolves when each record of a batch is where it belongs or among the dead letters.
   * @returns how many were refused. @throws the last error, once there is no patience left.
   */
  async deliver(delivery: Delivery): Promise<number> {
    let refused: readonly Rejection[];
    try {
      refused = await this.#send(delivery);
      await this.#bury(refused);
    } catch (error) {
      this.#gaveUp = true;
      this.#options.part.degraded(messageOf(error));
      throw error;
    }
    this.#tell(refused.length === delivery.records ? refused[0] : undefined);
    if (!this.#patience.signal.aborted) {
      this.#arrival.abort();
      this.#arrival = new AbortController();
    }
    return refused.length;
  }

  /** Sends a batch until each of its records was taken or refused. @returns those that were refused. */
  async #send(delivery: Delivery): Promise<Rejection[]> {
    const parts = partsOf(this.#sink.format);
    const refused: Rejection[] = [];
    const left = [delivery];
    let pauses = delays(this.#options.backoff);
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const isLast = this.#isLast();
      try {
        refused.push(...((await this.#sink.send(next, this.#attempts.signal)) ?? []));
        pauses = delays(this.#options.backoff);
      } catch (error) {
        if (error instanceof SinkError && error.rejected) {
          if (next.records > 1) left.push(...halvesOf(next, parts).toReversed());
          else refused.push(...parts.split(next.body).map((part) => rejection(parts.record(part), error)));
          continue;
        }
        const { rest = next, refused: found = [] } = error instanceof SinkError ? error : {};
        refused.push(...found);
        left.push(rest);
        if (rest.records < next.records) pauses = delays(this.#options.backoff);
        await this.#again(error, isLast, pauses.next().value, rest.records);
      }
    }
    return refused;
  }

  /** Writes what was refused to the dead letters, until they have it. */
  async #bury(refused: readonly Rejection[]): Promise<void> {
    const [first] = refused;
    if (first === undefined) return;
    const { deadLetters, backoff, log } = this.#options;
    for (const pause of delays(backoff)) {
      const isLast = this.#isLast();
      try {
        await deadLetters.add(this.#sink.name, refused);
        break;
      } catch (error) {
        await this.#again(error, isLast, pause, refused.length);
      }
    }
    log.error(
      { records: refused.length, file: deadLetters.path },
      `refused for good, now among the dead letters: ${first.reason}`,
    );
  }

  /** Whether the attempt that begins now has no other after it. @throws SinkError where none is to be made. */
  #isLast(): boolean {
    if (this.#gaveUp) throw new SinkError('not sent: a batch before it was given up');
    return this.#patience.signal.aborted;
  }

  /** Waits for the next attempt. @throws the error where there is none. */
  async #again(error: unknown, isLast: boolean, pause: number, records: number): Promise<void> {
    const { part, log } = this.#options;
    const { hopeless, retryAfter } = error instanceof SinkError ? error : { hopeless: false, retryAfter: 0 };
    if (isLast || hopeless) throw error;
    this.#retried();
    part.degraded(messageOf(error));
    const wait = Math.max(pause, retryAfter);
    log.debug({ wait, records }, 'sending again');
    // a receiver that asked for a pause gets it, even where it takes others
    await sleep(wait, retryAfter > 0 ? this.#patience.signal : this.#arrival.signal);
  }

  /** Says how the sink is after a batch, of which perhaps nothing was taken. */
  #tell(refusal: Rejection | undefined): void {
    const nothing = refusal && `refuses everything, which goes to the dead letters: ${refusal.reason}`;
    const problem = nothing ?? this.#sink.trouble;
    if (problem === undefined) this.#options.part.ok();
    else this.#options.part.degraded(problem);
  }
}

function rejection(record: Uint8Array, { message }: SinkError): Rejection {
  return { record, reason: message };
}
