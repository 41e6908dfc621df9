import { randomUUID } from 'node:crypto';
import type { CompletedPart } from '@aws-sdk/client-s3';
import { farewell as moment } from './connection.ts';
import type { PartBuffers } from './part-buffers.ts';
import { mostBytes, mostParts, type PartMemory, partMemory, partSize } from './part-size.ts';
import { isGone, type S3Requests } from './requests.ts';

const mebibyte = 2 ** 20;

/** How many parts are on their way where nothing else is said. */
export const defaultInFlight = 2;
/** How it is tried to take back what was begun: whoever does that is on the way out. */
const farewell = { patience: moment } as const;

/**
 * An object on its way. It is cut into parts, and holds in memory the one that is being filled and those that are on their way; what is
 * smaller than a part goes as one request. It appears with {@link commit}, whole, whatever was lost on the way.
 */
export class S3Upload {
  readonly #requests: S3Requests;
  readonly #buffers: PartBuffers;
  readonly #key: string;
  readonly #expected: number;
  readonly #writer = randomUUID();
  readonly #ending = new AbortController();
  readonly #sending = new Set<Promise<void>>();
  readonly #parts: CompletedPart[] = [];
  #buffer: Buffer | undefined;
  #filled = 0;
  #id: string | undefined;
  #failure: { readonly error: unknown } | undefined;
  #state: 'open' | 'committing' | 'committed' | 'aborted' = 'open';

  /** @param expected how many bytes will come, about; 0 where nobody knows. @throws S3Error where so many fit into no object. */
  constructor(requests: S3Requests, buffers: PartBuffers, key: string, expected: number) {
    this.#requests = requests;
    this.#buffers = buffers;
    this.#key = key;
    this.#expected = expected;
    this.#look();
  }

  /** Takes the next bytes; resolves once there is room for more. @throws S3Error */
  async write(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length; ) {
      this.#mustBeOpen();
      const size = this.#partSize;
      if (this.#filled === size) {
        await this.#sendPart();
        continue;
      }
      this.#buffer ??= this.#buffers.take(size);
      const count = Math.min(chunk.length - at, size - this.#filled);
      this.#buffer.set(chunk.subarray(at, at + count), this.#filled);
      this.#filled += count;
      at += count;
    }
  }

  /** Makes the object appear. @throws S3Error; whether it has appeared is then not known, and {@link abort} removes it. */
  async commit(): Promise<void> {
    this.#mustBeOpen();
    this.#state = 'committing';
    if (this.#id === undefined) await this.#putWhole();
    else {
      await this.#sendPart();
      await Promise.all(this.#sending);
      this.#mustBeWell();
      await this.#complete(this.#id);
    }
    this.#state = 'committed';
    this.#release();
  }

  /** Takes everything back, as far as the server can be reached. After a commit that succeeded it does nothing. Never throws. */
  async abort(): Promise<void> {
    if (this.#state === 'committed' || this.#state === 'aborted') return;
    const mayHaveAppeared = this.#state === 'committing';
    this.#state = 'aborted';
    this.#ending.abort();
    await Promise.all(this.#sending);
    this.#release();
    try {
      if (this.#id !== undefined) await this.#requests.giveUp({ key: this.#key, id: this.#id }, farewell);
      if (mayHaveAppeared && (await this.#requests.isBy(this.#writer, this.#key, farewell)))
        await this.#requests.remove(this.#key, undefined, farewell);
    } catch {
      // the server cannot be reached: the next sweep finds it
    }
  }

  /** Tells at once what will come of a size that is expected, and not in the end. */
  #look(): void {
    if (this.#expected > mostBytes)
      throw this.#error(
        `about ${gibibytes(this.#expected)} are expected, and ${mostParts} parts, which is all that S3 takes, hold ${gibibytes(mostBytes)}`,
        'save less in one object',
      );
    const { bytes, inFlight, tooMuch } = this.#memoryOf(this.#partSize);
    if (!tooMuch || this.#expected === 0) return;
    this.#requests.options.onWarning?.(
      `${this.#requests.connection.name}: about ${gibibytes(this.#expected)} are expected of ${this.#key}, and S3 takes ${mostParts} parts of it at most: ` +
        `${inFlight + 1} of ${Math.ceil(this.#partSize / mebibyte)} MiB are held in memory at a time, which makes ${Math.ceil(bytes / mebibyte)} MiB; ` +
        'give the process as much more, or save less in one object',
    );
  }

  get #partSize(): number {
    return partSize(this.#parts.length + 1, this.#least, this.#expected);
  }

  get #least(): number {
    return this.#requests.options.partSize ?? 8 * mebibyte;
  }

  #memoryOf(size: number): PartMemory {
    return partMemory(size, this.#least, this.#requests.options.inFlight ?? defaultInFlight);
  }

  #error(text: string, advice = ''): Error {
    return this.#requests.connection.error('other', `write ${this.#key}`, text, advice);
  }

  get #trying(): { readonly signal: AbortSignal } {
    return { signal: this.#ending.signal };
  }

  #mustBeOpen(): void {
    this.#mustBeWell();
    if (this.#state !== 'open') throw this.#error(`its upload is ${this.#state} already`);
  }

  #mustBeWell(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Hands over what is filled as a part of its own, once there is room on the way for it. */
  async #sendPart(): Promise<void> {
    const whole = this.#buffer;
    if (whole === undefined) return;
    const limit = this.#memoryOf(whole.length).inFlight;
    while (this.#sending.size >= limit) await Promise.race(this.#sending);
    this.#id ??= await this.#begin();
    this.#mustBeWell();
    this.#buffer = undefined;
    const sending = this.#part(this.#id, this.#parts.length + 1, whole.subarray(0, this.#filled)).then(
      () => this.#buffers.give(whole),
      (error: unknown) => {
        this.#failure ??= { error };
      },
    );
    this.#filled = 0;
    this.#sending.add(sending);
    void sending.then(() => this.#sending.delete(sending));
  }

  async #begin(): Promise<string> {
    let attempts = 0;
    const id = await this.#requests.begin(this.#key, this.#writer, this.#trying, () => {
      attempts += 1;
    });
    if (attempts > 1) await this.#endOthers(id);
    return id;
  }

  /** The answer to an earlier attempt may have been lost, and that began an upload too. The key is ours alone, so all others to it are such. */
  async #endOthers(ours: string): Promise<void> {
    try {
      for await (const other of this.#requests.uploads(this.#key, farewell))
        if (other.key === this.#key && other.id !== ours) await this.#requests.giveUp(other, farewell);
    } catch {
      // it may be not permitted; the next sweep tries again
    }
  }

  async #part(id: string, number: number, body: Buffer): Promise<void> {
    this.#parts.push({ PartNumber: number });
    this.#parts[number - 1] = await this.#requests.part({ key: this.#key, id }, number, body, this.#trying);
  }

  async #complete(id: string): Promise<void> {
    try {
      await this.#requests.complete({ key: this.#key, id }, this.#parts, this.#trying);
    } catch (error) {
      // its answer was lost, and there is no such upload any more: it has become the object
      if (!isGone(error) || !(await this.#requests.isBy(this.#writer, this.#key, this.#trying))) throw error;
    }
  }

  async #putWhole(): Promise<void> {
    const body = this.#buffer?.subarray(0, this.#filled) ?? Buffer.alloc(0);
    await this.#requests.put({ key: this.#key, body, writer: this.#writer }, { large: true, ...this.#trying });
  }

  #release(): void {
    if (this.#buffer !== undefined) this.#buffers.give(this.#buffer);
    this.#buffer = undefined;
  }
}

function gibibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 30)} GiB`;
}
