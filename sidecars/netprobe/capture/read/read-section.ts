import { version } from '#shared/version.ts';
import type { CapturedInterface, Frame } from '../frame.ts';
import { interfaceDescription, interfaceStatistics, type Moment, sectionHeader } from '../pcapng/blocks.ts';
import type { Section } from '../sink.ts';

/** An interface of the file that is read, with what of it is written. */
interface ReadInterface {
  readonly captured: CapturedInterface;
  packets: number;
  start: Moment;
  end: Moment;
}

const never: Moment = { seconds: 0, nanoseconds: 0 };

/** What stands at the beginning and at the end of what is written of a file that is read. */
export class ReadSection implements Section {
  readonly #facts: { readonly comments: string[]; readonly filter: string; readonly snapLength: number };
  /** By their numbers, which are the same in what is written. */
  readonly #met: ReadInterface[] = [];

  constructor({ comment, words, snapLength }: { comment: string | undefined; words: readonly string[]; snapLength: number }) {
    this.#facts = { comments: comment === undefined ? [] : [comment], filter: words.join(' '), snapLength };
  }

  /** Keeps a comment of the file that is read. */
  comment(text: string): void {
    if (!this.#facts.comments.includes(text)) this.#facts.comments.push(text);
  }

  /** Keeps an interface, with packets or without. @returns the block that describes it, for files that are begun already */
  meet(captured: CapturedInterface): Uint8Array {
    this.#met.push({ captured, packets: 0, start: never, end: never });
    return this.#describe(captured);
  }

  /** Counts a packet that is written. */
  count({ interface: { id }, seconds, nanoseconds }: Frame): void {
    const place = this.#met[id];
    if (place === undefined) return;
    place.end = { seconds, nanoseconds };
    if (place.packets === 0) place.start = place.end;
    place.packets += 1;
  }

  head(comments: readonly string[] = []): Uint8Array {
    const application = `Sidekick netprobe ${version}`;
    const header = sectionHeader({ hardware: '', os: '', application, comments: [...this.#facts.comments, ...comments] });
    return Buffer.concat([header, ...this.#met.map(({ captured }) => this.#describe(captured))]);
  }

  tail(): Uint8Array {
    return Buffer.concat(
      this.#met.map(({ captured: { id }, start, end, packets }) =>
        // how many came to it, and were dropped, is not known of those that passed
        interfaceStatistics({ id, start, end, accepted: undefined, dropped: undefined, delivered: packets, comments: [] }),
      ),
    );
  }

  #describe({ name, linkType }: CapturedInterface): Uint8Array {
    const { filter, snapLength } = this.#facts;
    return interfaceDescription({ name, linkType, snapLength, filter, os: '' });
  }
}
