import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { digits, mebibytes, table } from '../../table.ts';
import { privateDirty, usageOf } from '../../usage.ts';
import type { Shipper } from '../shipper.ts';
import { arrived, type Bench } from './job.ts';

/** How many files are followed, and for how many seconds each shipper is watched. */
export interface Idleness {
  readonly files: number;
  readonly seconds: number;
}

/** Files of one line that grow no more: what it costs to follow them, with one and with many; as a table. */
export async function idle(bench: Bench, { files, seconds }: Idleness): Promise<string> {
  const rows: string[][] = [];
  for (const shipper of bench.shippers.filter(({ follows }) => follows)) {
    const one = await watch(bench, shipper, { files: 1, seconds });
    const many = await watch(bench, shipper, { files, seconds });
    rows.push([shipper.name, ...one, ...many]);
  }
  return table(
    ['shipper', '1 file: private dirty MiB', 'CPU %', `${files.toLocaleString('en')} files: private dirty MiB`, 'CPU %'],
    rows,
  );
}

async function watch({ stage, sink }: Bench, shipper: Shipper, { files, seconds }: Idleness): Promise<string[]> {
  const name = `idle-${shipper.name.replaceAll(/\W+/g, '-')}-${files}`;
  const folder = stage.newFolder(name);
  for (let file = 0; file < files; file += 1) writeFileSync(join(folder, `app-${file}.log`), `the only line of ${file}\n`);
  await sink.reset();
  const glob = join(folder, '*.log');
  const actor = shipper.start({ stage, files: glob, ports: sink.ports, folder: stage.newFolder(`${name}-state`), once: false });
  await arrived(files, sink, actor);
  // what was shipped has to be forgotten first
  await sleep(seconds * 500);
  const before = usageOf(actor.pid);
  await sleep(seconds * 1000);
  const after = usageOf(actor.pid);
  if (before === undefined || after === undefined) throw actor.failure('has ended while it should follow');
  const memory = privateDirty(actor.pid);
  await actor.stop();
  return [mebibytes(memory), digits(((after.cpu - before.cpu) / seconds) * 100, 1)];
}
