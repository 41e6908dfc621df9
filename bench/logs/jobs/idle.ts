import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { privateDirty } from '../../usage.ts';
import { forms } from '../form.ts';
import type { Shipper } from '../shipper.ts';
import { arrived, cpuOf, descriptorsOf, folderName, type Job, withEach } from './job.ts';

/** Files of one line that grow no more: what it costs to follow them, with one and with many. */
export async function idle(job: Job): Promise<void> {
  for (const files of job.plan.idle.files) {
    const folder = job.stage.newFolder(`idle-${files}`);
    for (let file = 0; file < files; file += 1) writeFileSync(join(folder, `app-${file}.log`), `the only line of ${file}\n`);
    await withEach(
      job,
      ({ follows }) => follows,
      (shipper) => watch(job, shipper, files, join(folder, '*.log')),
    );
  }
}

async function watch({ stage, sink, plan, results }: Job, shipper: Shipper, files: number, glob: string): Promise<void> {
  const { seconds } = plan.idle;
  await sink.reset();
  const folder = stage.newFolder(folderName('idle', files, shipper.name));
  const actor = shipper.start({ stage, files: glob, ports: sink.ports, folder, form: forms.ndjson, once: false });
  await arrived(files, sink, actor);
  // what was shipped has to be forgotten first
  await sleep(seconds * 500);
  const before = cpuOf(actor);
  await sleep(seconds * 1000);
  const cpu = cpuOf(actor) - before;
  const memory = privateDirty(actor.pid);
  const descriptors = descriptorsOf(actor);
  await actor.stop();
  results.add(`idle-${files}`, shipper.name, {
    cpuPercent: (cpu / seconds) * 100,
    dirtyMebibytes: memory / 2 ** 20,
    descriptors,
  });
}
