import { machine, release, type } from 'node:os';
import { version } from '#shared/version.ts';
import { interfaceDescription, interfaceStatistics, type Moment, sectionHeader } from '../pcapng/blocks.ts';
import type { Section } from '../sink.ts';
import type { CapturePlan } from './messages.ts';
import type { MetInterface } from './met-interfaces.ts';
import type { PacketCounts } from './packet-socket.ts';

const os = `${type()} ${release()}`;

/** What stands at the beginning and at the end of what is captured now. */
export class CaptureSection implements Section {
  readonly #plan: Pick<CapturePlan, 'comments' | 'filter' | 'snapLength'>;
  readonly #interfaces: readonly MetInterface[];
  readonly #counts: () => PacketCounts;
  readonly #start = momentOf(Date.now());

  /**
   * @param interfaces those that were met, each once it was described
   * @param counts what the kernel counted until now
   */
  constructor(
    plan: Pick<CapturePlan, 'comments' | 'filter' | 'snapLength'>,
    interfaces: readonly MetInterface[],
    counts: () => PacketCounts,
  ) {
    this.#plan = plan;
    this.#interfaces = interfaces;
    this.#counts = counts;
  }

  head(comments: readonly string[] = []): Uint8Array {
    const header = sectionHeader({
      hardware: machine(),
      os,
      application: `Sidekick netprobe ${version}`,
      comments: [...this.#plan.comments, ...comments],
    });
    return Buffer.concat([header, ...this.#interfaces.map((place) => this.describe(place))]);
  }

  tail(): Uint8Array {
    const end = momentOf(Date.now());
    const { received, dropped } = this.#counts();
    const isAlone = this.#interfaces.length === 1;
    // the socket counts for all of them; what it says of one alone, and that there are no drops, is so of each
    const comments =
      isAlone || dropped === 0
        ? []
        : [
            `The kernel dropped ${dropped} of ${received} packets for want of room in the ring. It does not tell of which interfaces they were.`,
          ];
    const blocks = this.#interfaces.map(({ id, packets }) =>
      interfaceStatistics({
        id,
        start: this.#start,
        end,
        accepted: isAlone ? received : undefined,
        dropped: isAlone || dropped === 0 ? dropped : undefined,
        delivered: packets,
        comments,
      }),
    );
    return Buffer.concat(blocks);
  }

  /** The block that describes an interface. */
  describe({ name, linkType }: MetInterface): Uint8Array {
    const { filter, snapLength } = this.#plan;
    return interfaceDescription({ name, linkType, snapLength, filter, os });
  }
}

function momentOf(milliseconds: number): Moment {
  const seconds = Math.floor(milliseconds / 1000);
  return { seconds, nanoseconds: (milliseconds - seconds * 1000) * 1e6 };
}
