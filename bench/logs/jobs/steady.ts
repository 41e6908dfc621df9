import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from '../../table.ts';
import { privateDirty } from '../../usage.ts';
import { forms } from '../form.ts';
import type { Shipper } from '../shipper.ts';
import { arrived, cpuOf, folderName, type Job, withEach } from './job.ts';

/** Milliseconds between two writes. */
const beat = 5;
/** How long memory may settle before it is looked at, in seconds, and no longer than the writing took. */
const rest = 2;
const filler = 'GET /api/v1/orders?id=4711 HTTP/1.1" 200 5316 "-" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"';

/** One file that grows by so many lines a second: what following it costs, and how late lines arrive. */
export async function steady(job: Job): Promise<void> {
  for (const rate of job.plan.steady.rates)
    await withEach(
      job,
      ({ follows }) => follows,
      (shipper) => follow(job, shipper, rate),
    );
}

async function follow({ stage, sink, plan, results }: Job, shipper: Shipper, rate: number): Promise<void> {
  const { seconds } = plan.steady;
  const name = folderName('steady', rate, shipper.name);
  const path = join(stage.newFolder(name), 'app.log');
  const file = openSync(path, 'a');
  await sink.reset();
  // the first line tells that the file is being followed
  writeSync(file, `${filler}\n`);
  const state = stage.newFolder(`${name}-state`);
  const actor = shipper.start({ stage, files: path, ports: sink.ports, folder: state, form: forms.ndjson, once: false });
  await arrived(1, sink, actor);
  await sink.reset('stamps');
  const before = cpuOf(actor);
  const begun = performance.now();
  const written = await write(file, rate, seconds);
  const { latencies } = await arrived(written, sink, actor);
  const share = (cpuOf(actor) - before) / ((performance.now() - begun) / 1000);
  await sleep(Math.min(rest, seconds) * 1000);
  const memory = privateDirty(actor.pid);
  await actor.stop();
  closeSync(file);
  results.add(`steady-${rate}`, shipper.name, {
    cpuPercent: share * 100,
    halfMs: percentile(latencies, 0.5),
    mostOfThemMs: percentile(latencies, 0.99),
    dirtyMebibytes: memory / 2 ** 20,
  });
}

/** Appends stamped lines at an even pace. @returns how many. */
async function write(file: number, rate: number, seconds: number): Promise<number> {
  const begun = performance.now();
  const all = Math.round(rate * seconds);
  let written = 0;
  while (written < all) {
    const due = Math.min(all, Math.floor(((performance.now() - begun) / 1000) * rate));
    const stamp = `sent=${(performance.timeOrigin + performance.now()).toFixed(3)}; ${filler}\n`;
    if (due > written) writeSync(file, stamp.repeat(due - written));
    written = Math.max(written, due);
    await sleep(beat);
  }
  return written;
}
