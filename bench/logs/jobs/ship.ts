import { digits, mebibytes, median, table, times } from '../../table.ts';
import { Watch } from '../../usage.ts';
import type { Corpus } from '../corpus.ts';
import type { Shipper } from '../shipper.ts';
import { arrived, type Bench } from './job.ts';

/** One shipper, one time through the corpus. */
interface Result {
  /** From the first byte at the sink to the last, in seconds. */
  readonly seconds: number;
  /** From its start to the first byte at the sink, in seconds. */
  readonly start: number;
  /** Processor time in seconds, its start included. */
  readonly cpu: number;
  /** Bytes (VmHWM). */
  readonly peak: number;
  /** Share of the time that the sink was busy. */
  readonly sink: number;
}

/** A file that is there, shipped as fast as it goes: each shipper in turn, so many rounds; the medians, as a table. */
export async function ship(bench: Bench, corpus: Corpus, rounds: number): Promise<string> {
  const results = new Map<Shipper, Result[]>(bench.shippers.map((shipper) => [shipper, []]));
  for (let round = 1; round <= rounds; round += 1)
    for (const [shipper, list] of results) list.push(await once(bench, shipper, corpus, round));
  const rows = [...results].map(([{ name }, list]) => ({ name, ...medians(list) }));
  const best = rows[0];
  if (best === undefined) throw new Error('there is no shipper');
  const head = ['shipper', 'MB/s', 'lines/s', 'CPU s/GB', 'peak RSS MiB', 'start ms', 'sink busy', 'speed ×', 'CPU ×'];
  const cells = rows.map(({ name, seconds, start, cpu, peak, sink }) => [
    name,
    digits(corpus.bytes / 1e6 / seconds, 0),
    digits(corpus.lines / seconds, 0),
    digits(cpu / (corpus.bytes / 1e9), 1),
    mebibytes(peak),
    digits(start * 1000, 0),
    `${digits(sink * 100, 0)} %`,
    times(seconds, best.seconds),
    times(cpu, best.cpu),
  ]);
  return table(head, cells);
}

async function once({ stage, sink }: Bench, shipper: Shipper, corpus: Corpus, round: number): Promise<Result> {
  await sink.reset();
  const folder = stage.newFolder(`ship-${shipper.name.replaceAll(/\W+/g, '-')}-${round}`);
  const actor = shipper.start({ stage, files: corpus.path, ports: sink.ports, folder, once: true });
  // not before: its start may have made things that it needs
  const begun = performance.timeOrigin + performance.now();
  const watch = new Watch(actor.pid);
  const { first, last, busy } = await arrived(corpus.lines, sink, actor);
  if (shipper.ends) await actor.ended();
  const { cpu, peak } = watch.end();
  await actor.stop();
  return { seconds: (last - first) / 1000, start: (first - begun) / 1000, cpu, peak, sink: busy };
}

function medians(list: readonly Result[]): Result {
  const of = (field: keyof Result) => median(list.map((result) => result[field]));
  return { seconds: of('seconds'), start: of('start'), cpu: of('cpu'), peak: of('peak'), sink: of('sink') };
}
