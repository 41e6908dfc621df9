import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Actor } from '../../stage.ts';
import { privateDirty } from '../../usage.ts';
import { forms } from '../form.ts';
import type { Shipper } from '../shipper.ts';
import { arrived, folderName, type Job, withEach } from './job.ts';

/**
 * A corpus is shipped, then the sink goes away and as much again is there to be shipped: how much memory is taken by what waits. At the end the sink comes
 * back, and gets it.
 */
export async function down(job: Job): Promise<void> {
  await withEach(
    job,
    ({ follows }) => follows,
    (shipper) => strand(job, shipper),
  );
}

async function strand({ stage, sink, plan, corpora, results }: Job, shipper: Shipper): Promise<void> {
  const corpus = corpora('plain');
  const name = folderName('down', shipper.name);
  const folder = stage.newFolder(name);
  const state = stage.newFolder(`${name}-state`);
  copyFileSync(corpus.path, join(folder, 'first.log'));
  await sink.reset();
  const files = join(folder, '*.log');
  const actor = shipper.start({ stage, files, ports: sink.ports, folder: state, form: forms.ndjson, once: false });
  await arrived(corpus.lines, sink, actor);
  await sink.leave();
  const before = await most(actor, plan.down.seconds / 2);
  copyFileSync(corpus.path, join(folder, 'second.log'));
  await sleep(plan.down.seconds * 500);
  const after = await most(actor, plan.down.seconds / 2);
  results.add('down', shipper.name, {
    dirtyMebibytes: after / 2 ** 20,
    grownMebibytes: (after - before) / 2 ** 20,
    waitingMegabytes: corpus.bytes / 1e6,
  });
  await sink.return();
  await arrived(2 * corpus.lines, sink, actor);
  await actor.stop();
}

/** The most memory that it has for itself, in bytes, in so many seconds. */
async function most(actor: Actor, seconds: number): Promise<number> {
  let found = 0;
  for (let look = 0; look < 10; look += 1) {
    await sleep(seconds * 100);
    found = Math.max(found, privateDirty(actor.pid));
  }
  return found;
}
