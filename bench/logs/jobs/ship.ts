import type { Actor } from '../../stage.ts';
import { cpuOfEndedChildren, privateDirty, Watch } from '../../usage.ts';
import type { Corpus } from '../corpus.ts';
import { type Form, formNames, forms } from '../form.ts';
import type { Shipper } from '../shipper.ts';
import { arrived, folderName, type Job, withEach } from './job.ts';

/** How often the memory of its own is looked at, in milliseconds: each look stops the process for a moment. */
const look = 100;

/** Files that are there, shipped as fast as it goes, in each form that was chosen: each shipper in turn, so many rounds. */
export async function ship(job: Job): Promise<void> {
  const { plan, corpora } = job;
  const chosen = formNames.filter((name) => plan.only.includes(name)).map((name) => forms[name]);
  for (let round = 1; round <= plan.rounds; round += 1)
    for (const form of chosen) {
      const corpus = corpora(form.corpus);
      await withEach(
        job,
        (shipper) => shipper.forms.includes(form.name),
        (shipper) => once(job, shipper, form, corpus, round),
      );
    }
}

async function once(job: Job, shipper: Shipper, form: Form, corpus: Corpus, round: number): Promise<void> {
  const { stage, sink, results } = job;
  await sink.reset(form.kept ? 'kept' : 'lines');
  const folder = stage.newFolder(folderName('ship', form.name, shipper.name, round));
  const actor = shipper.start({ stage, files: corpus.path, ports: sink.ports, folder, form, once: true });
  // not before: its start may have made things that it needs, with programs that have ended
  const before = cpuOfEndedChildren();
  const begun = performance.timeOrigin + performance.now();
  const watch = new Watch(actor.pid);
  const memory = watchMemory(actor);
  const expected = form.unit === 'line' ? corpus.lines : corpus.records;
  // to count what is compressed takes the processor that is measured
  if (form.kept) await actor.ended();
  const count = await arrived(expected, sink, actor);
  if (shipper.ends) await actor.ended();
  const { cpu: soFar, peak } = watch.end();
  const cpu = shipper.ends ? cpuOfEndedChildren() - before : soFar;
  const dirty = memory.end();
  await actor.stop();
  if (count.lines !== expected) throw actor.failure(`has shipped ${count.lines} records of ${expected}`);
  const seconds = (count.last - count.first) / 1000;
  results.add(form.name, shipper.name, {
    megabytesPerSecond: corpus.bytes / 1e6 / seconds,
    linesPerSecond: corpus.lines / seconds,
    cpuPerGigabyte: cpu / (corpus.bytes / 1e9),
    peakMebibytes: peak / 2 ** 20,
    dirtyMebibytes: dirty / 2 ** 20,
    startMs: count.first - begun,
    sinkPercent: count.busy * 100,
  });
}

/** The most memory that it had for itself at a time, in bytes; NaN where it has ended before it was looked at. */
function watchMemory(actor: Actor): { readonly end: () => number } {
  let most = Number.NaN;
  const timer = setInterval(() => {
    try {
      const dirty = privateDirty(actor.pid);
      if (dirty > 0) most = Math.max(dirty, Number.isNaN(most) ? 0 : most);
    } catch {
      // it has ended since
    }
  }, look);
  return {
    end: () => {
      clearInterval(timer);
      return most;
    },
  };
}
