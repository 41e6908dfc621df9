import { Exit } from '#shared/exit.ts';
import type { Log } from '#shared/log.ts';
import type { BackupLife } from '../backup.ts';
import type { Manifest } from '../catalog/manifest.ts';
import { amountOfTime } from '../report/amounts.ts';
import { contentOf } from '../report/content.ts';
import { notifyOf } from '../report/notify-of.ts';
import { reportProgress } from '../report/progress-line.ts';
import type { Progress, RunEvent, RunResult } from '../run/events.ts';
import { run } from '../run/run.ts';
import { print } from './opened.ts';

/** How often progress is looked at, in ms; how often it is shown is the report's own affair. */
const glance = 100;

/** `backup now`: one backup. On a terminal it shows how far it is; elsewhere it writes lines of JSON, of which the last says how it ended. */
export async function now(life: BackupLife, { scheduled }: { readonly scheduled: Date | undefined }): Promise<void> {
  const report = reportProgress(process.stdout);
  let progress: (() => Progress) | undefined;
  const looking = setInterval(() => progress && report.update(progress()), glance);
  const result = await run(life, {
    scheduled,
    onBegin: (read) => {
      progress = read;
    },
  });
  clearInterval(looking);
  report.end();
  await tell(life, result);
  await notifyOf(life, result);
  if (result.code !== 0) throw new Exit(result.code, result.reason ?? result.outcome);
}

async function tell({ log }: BackupLife, result: RunResult): Promise<void> {
  const { outcome, manifest, seconds } = result;
  if (!process.stdout.isTTY) {
    const event: RunEvent = { event: 'ended', ...result };
    await print(`${JSON.stringify(event)}\n`);
  } else if (manifest !== null) {
    await print(`${manifest.id}  ${manifest.kind}  ${contentOf(manifest)} in ${amountOfTime(seconds * 1000)}  ${outcome}\n`);
  }
  if (manifest !== null && outcome !== 'skipped') tellFlaws(log, manifest);
  if (manifest !== null && outcome === 'saved') log.info({ id: manifest.id, seconds }, 'saved');
  else if (outcome === 'skipped') log.info(result.reason ?? 'skipped');
}

/** What is not as it should be in a backup that is there. */
function tellFlaws(log: Log, { warnings, changed, unreadable }: Manifest): void {
  for (const warning of warnings) log.warn(warning);
  const more = (count: number) => (count > 1 ? ` (and ${count - 1} more, see show)` : '');
  const [first] = unreadable.paths;
  if (first !== undefined) log.warn(`not saved: ${first.path}: ${first.reason}${more(unreadable.count)}`);
  if (changed.count > 0) log.warn(`changed while it was read: ${changed.paths[0]}${more(changed.count)}`);
}
