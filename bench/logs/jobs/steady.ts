import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Actor } from '../../stage.ts';
import { digits, mebibytes, percentile, table } from '../../table.ts';
import { privateDirty, usageOf } from '../../usage.ts';
import type { Shipper } from '../shipper.ts';
import { arrived, type Bench } from './job.ts';

/** Milliseconds between two writes. */
const beat = 5;
/** How long memory may settle before it is looked at, in milliseconds. */
const rest = 2000;
const filler = 'GET /api/v1/orders?id=4711 HTTP/1.1" 200 5316 "-" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"';

/** One file that grows by so many lines a second: what following it costs, and how late lines arrive; as a table. */
export async function steady(
  bench: Bench,
  { rate, seconds }: { readonly rate: number; readonly seconds: number },
): Promise<string> {
  const rows: string[][] = [];
  for (const shipper of bench.shippers.filter(({ follows }) => follows)) rows.push(await follow(bench, shipper, rate, seconds));
  return table(['shipper', 'CPU %', 'p50 ms', 'p99 ms', 'private dirty MiB at rest after it'], rows);
}

async function follow({ stage, sink }: Bench, shipper: Shipper, rate: number, seconds: number): Promise<string[]> {
  const folder = stage.newFolder(`steady-${shipper.name.replaceAll(/\W+/g, '-')}`);
  const path = join(folder, 'app.log');
  const file = openSync(path, 'a');
  await sink.reset();
  // the first line tells that the file is being followed
  writeSync(file, `${filler}\n`);
  const state = stage.newFolder(`${folder.slice(stage.folder.length)}-state`);
  const actor = shipper.start({ stage, files: path, ports: sink.ports, folder: state, once: false });
  await arrived(1, sink, actor);
  await sink.reset(true);
  const before = cpuOf(actor);
  const begun = performance.now();
  const written = await write(file, rate, seconds);
  const { latencies } = await arrived(written, sink, actor);
  const share = (cpuOf(actor) - before) / ((performance.now() - begun) / 1000);
  await sleep(rest);
  const memory = privateDirty(actor.pid);
  await actor.stop();
  closeSync(file);
  return [
    shipper.name,
    digits(share * 100, 1),
    digits(percentile(latencies, 0.5), 0),
    digits(percentile(latencies, 0.99), 0),
    mebibytes(memory),
  ];
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

function cpuOf(actor: Actor): number {
  const usage = usageOf(actor.pid);
  if (usage === undefined) throw actor.failure('has ended while it should follow');
  return usage.cpu;
}
