import { messageOf } from '#shared/exit.ts';
import type { Stage } from '../stage.ts';
import { Crowd } from './crowd/crowd.ts';
import { ends } from './ends.ts';
import { bareNode, type Exporter, exporters, nodeExporter, sidekick } from './exporters.ts';
import type { PartName, PeerName, Plan } from './plan.ts';
import type { Results } from './results.ts';
import { scan } from './scan/scan.ts';
import { ways } from './scan/ways.ts';
import { scrapesAlone, scrapesWithReadings } from './scrape/scrape.ts';
import { layerBytes } from './self/layer.ts';
import { liveness } from './self/live.ts';
import { memoryOf } from './self/memory.ts';
import { readyMs } from './self/start.ts';
import { exposition } from './text/exposition.ts';

/** One measurement: of whom, and what is found. */
interface Trial {
  readonly who: string;
  readonly run: () => Promise<Readonly<Record<string, number>>>;
}

/**
 * All measurements, in an order in which sockets only become more: with hardly any, then with so many and so many more, and at last without
 * them again. In each round it is one after the other, so that what is compared is measured at nearly the same time.
 */
export class Course {
  /** What failed. */
  readonly failures: string[] = [];
  readonly #stage: Stage;
  readonly #plan: Plan;
  readonly #present: readonly PeerName[];
  readonly #results: Results;
  readonly #crowd: Crowd;

  /** @param present the peers that are measured */
  constructor(stage: Stage, plan: Plan, present: readonly PeerName[], results: Results) {
    this.#stage = stage;
    this.#plan = plan;
    this.#present = present;
    this.#results = results;
    this.#crowd = new Crowd(stage);
  }

  /** Measures all. What fails is noted, and the others go on. @throws Error where there are no sockets to be had */
  async run(): Promise<void> {
    const { sizes, most } = this.#plan;
    await this.#text();
    await this.#scrape(0);
    await this.#self();
    for (const size of this.#does('scan', 'scrape') ? sizes : []) {
      await this.#crowd.grow(size);
      await this.#scan(size);
      await this.#scrape(size);
    }
    if (this.#does('self')) {
      await this.#crowd.grow(most);
      await this.#selfCrowded(most);
    }
    await this.#crowd.clear();
    await this.#ends();
  }

  #text(): Promise<void> {
    const { quick } = this.#plan;
    const run = () => exposition(this.#stage, quick ? 10 : 200);
    return this.#rounds('text', 0, [{ who: 'sidekick', run }]);
  }

  #scan(size: number): Promise<void> {
    const [warm, times] = this.#plan.quick ? [1, 1] : [5, 5];
    const wanted = ways.filter(({ peer }) => this.#measures(peer));
    const trials = wanted.map((way) => ({ who: way.name, run: () => scan(this.#stage, way, warm, times, size) }));
    return this.#rounds('scan', size, trials);
  }

  #scrape(size: number): Promise<void> {
    const withReadings = { who: 'sidekick+reading', run: () => scrapesWithReadings(this.#stage, size, this.#plan) };
    const alone = this.#exporters().map((exporter) => ({
      who: exporter.name,
      run: () => scrapesAlone(this.#stage, exporter, this.#plan),
    }));
    return this.#rounds('scrape', size, [withReadings, ...alone]);
  }

  async #self(): Promise<void> {
    const all = [...this.#exporters().filter((exporter) => exporter === sidekick || exporter === nodeExporter), bareNode];
    const start = (exporter: Exporter) => async () => ({ readyMs: await readyMs(this.#stage, exporter) });
    // the first start of all reads the disk
    if (this.#does('self')) for (const exporter of all) await this.#try('self', exporter.name, start(exporter));
    for (let time = 0; time < (this.#plan.quick ? 1 : 5); time += 1)
      await this.#rounds(
        'self',
        0,
        all.map((exporter) => ({ who: exporter.name, run: start(exporter) })),
      );
    await this.#rounds(
      'self',
      0,
      all.map((exporter) => ({ who: exporter.name, run: () => memoryOf(this.#stage, exporter, this.#plan) })),
    );
    await this.#rounds('self', 0, [{ who: 'live', run: () => liveness(this.#stage, this.#plan) }]);
    if (!this.#does('self')) return;
    const layer = await this.#try('self', 'layer', async () => ({ layerBytes: layerBytes(this.#stage) }));
    if (layer !== undefined) this.#results.add({ part: 'self', sockets: 0, who: 'sidekick' }, layer);
  }

  async #selfCrowded(most: number): Promise<void> {
    await this.#rounds('self', most, [{ who: 'live', run: () => liveness(this.#stage, this.#plan) }]);
    // what it has at its least is of no interest: it is scraped
    const scraped = { ...this.#plan, settle: this.#plan.settle / 10 };
    const node = this.#exporters().filter((exporter) => exporter === nodeExporter);
    const memory = node.map((exporter) => ({ who: exporter.name, run: () => memoryOf(this.#stage, exporter, scraped) }));
    await this.#rounds('self', most, memory);
  }

  #ends(): Promise<void> {
    return this.#rounds('ends', 0, [{ who: 'sidekick', run: () => ends(this.#stage, this.#plan) }]);
  }

  /** Does trials in rounds; another one begins in each. */
  async #rounds(part: PartName, sockets: number, all: readonly Trial[]): Promise<void> {
    if (!this.#does(part)) return;
    for (let round = 0; round < this.#plan.rounds; round += 1) {
      const trials = [...all];
      trials.push(...trials.splice(0, round % Math.max(1, trials.length)));
      for (const { who, run } of trials) {
        const values = await this.#try(part, who, run);
        if (values !== undefined) this.#results.add({ part, sockets, who }, values);
      }
    }
  }

  async #try(part: PartName, who: string, run: Trial['run']): Promise<Readonly<Record<string, number>> | undefined> {
    try {
      return await run();
    } catch (error) {
      this.failures.push(`${part}, ${who}, with ${this.#crowd.sockets} sockets: ${messageOf(error)}`);
      return undefined;
    }
  }

  #does(...parts: readonly PartName[]): boolean {
    return parts.some((part) => this.#plan.only.includes(part));
  }

  #exporters(): Exporter[] {
    return exporters.filter(({ peer }) => this.#measures(peer));
  }

  #measures(peer: PeerName | undefined): boolean {
    return peer === undefined || this.#present.includes(peer);
  }
}
