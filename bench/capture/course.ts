import { join } from 'node:path';
import { messageOf } from '#shared/exit.ts';
import type { Stage } from '../stage.ts';
import { type Captor, captors } from './captors.ts';
import { writeCorpus } from './corpus.ts';
import { Flood } from './flood/flood.ts';
import { live } from './live.ts';
import { type PartName, type PeerName, type Plan, targets } from './plan.ts';
import { filter, flows, text } from './reading.ts';
import type { Results } from './results.ts';
import { settingOf } from './settings.ts';
import { write } from './write.ts';

type Found = Readonly<Record<string, number>>;

/** All measurements. In each round it is one captor after the other, so that what is compared is measured at nearly the same time. */
export class Course {
  /** What failed. */
  readonly failures: string[] = [];
  readonly #stage: Stage;
  readonly #plan: Plan;
  readonly #captors: readonly Captor[];
  readonly #results: Results;

  /** @param present the peers that are measured */
  constructor(stage: Stage, plan: Plan, present: readonly PeerName[], results: Results) {
    this.#stage = stage;
    this.#plan = plan;
    this.#captors = captors.filter(({ name }) => name === 'sidekick' || present.includes(name));
    this.#results = results;
  }

  /** Measures all. What fails is noted, and the others go on. @throws Error where there is no veth to be had */
  async run(): Promise<void> {
    if (this.#does('write') || this.#does('live')) {
      const flood = await Flood.start(this.#stage);
      await this.#floods(flood);
      await flood.stop();
    }
    const path = join(this.#stage.folder, 'corpus.pcap');
    if (this.#does('text') || this.#does('filter') || this.#does('flows')) writeCorpus(path, this.#plan.packets);
    await this.#rounds('text', '', (captor) => text(this.#stage, captor, path, this.#plan));
    await this.#rounds('filter', '', (captor) => filter(this.#stage, captor, path, this.#plan));
    await this.#rounds('flows', '', async (captor) => captor.flows && flows(this.#stage, captor, path, this.#plan));
  }

  async #floods(flood: Flood): Promise<void> {
    for (const size of this.#plan.sizes)
      for (const target of targets)
        await this.#rounds('write', settingOf(size, target), (captor) =>
          write(this.#stage, flood, captor, { size, target }, this.#plan),
        );
    await this.#rounds('live', '', (captor) => live(this.#stage, flood, captor, this.#plan));
  }

  /** Does one thing in rounds; another captor begins in each. */
  async #rounds(part: PartName, setting: string, run: (captor: Captor) => Promise<Found | undefined>): Promise<void> {
    if (!this.#does(part)) return;
    for (let round = 0; round < this.#plan.rounds; round += 1) {
      const order = [...this.#captors];
      order.push(...order.splice(0, round % order.length));
      for (const captor of order)
        try {
          const values = await run(captor);
          if (values !== undefined) this.#results.add({ part, setting, who: captor.name }, values);
        } catch (error) {
          this.failures.push(`${part}, ${setting || 'all'}, ${captor.name}: ${messageOf(error)}`);
        }
    }
  }

  #does(part: PartName): boolean {
    return this.#plan.only.includes(part);
  }
}
