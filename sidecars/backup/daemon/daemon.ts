import { hostname } from 'node:os';
import { Children } from '#shared/children.ts';
import { returnFreedMemory } from '#shared/linux/heap.ts';
import type { BackupLife } from '../backup.ts';
import { notifyOf } from '../report/notify-of.ts';
import type { RunResult } from '../run/events.ts';
import { untilDue } from '../schedule/clock.ts';
import { due } from '../schedule/due.ts';
import { nextAfter } from '../schedule/next.ts';
import { ownTimeZone } from '../schedule/time-zone.ts';
import { lookBack } from './look-back.ts';
import { observe } from './observe.ts';
import { Record } from './record.ts';
import { runChild } from './run-child.ts';
import { statusOf } from './status.ts';

/** How often it is looked whether a backup is overdue, in ms. */
const glance = 30_000;
/** While one is overdue, how often the stores are asked whether somebody else has made it, in ms. */
const lookAgain = 300_000;
/** How much of the grace a run may take to give up what it has begun. */
const share = 0.9;

/** wait → run → report, until the sidecar is told to stop. What a run costs of memory is gone with its process. */
export async function keepSchedule(life: BackupLife): Promise<void> {
  const { settings, health, metrics, log, stopping } = life;
  const timeZone = settings.timeZone ?? ownTimeZone();
  const children = new Children();
  const record = new Record(Date.now(), { ...settings, timeZone });
  const backups = health.part('backup');
  observe(metrics, record);
  life.onStatus(() => statusOf(record));
  const stop = () => void children.end(settings.grace * share);
  if (stopping.aborted) return;
  stopping.addEventListener('abort', stop);

  let known = await lookBack(children, life).catch(() => undefined);
  if (stopping.aborted) return;
  if (known === undefined) backups.degraded('no store could be asked for its backups; the log tells why');
  else record.remember(known);
  const judge = () => {
    const trouble = troubleOf(record.lastOwn);
    if (record.overdue(Date.now()))
      backups.degraded(
        `overdue: the last good backup is ${record.lastGood?.id ?? 'none'}; ${trouble ?? 'no run has ended since'}`,
      );
    else if (trouble !== undefined) backups.degraded(trouble);
    else if (record.lastDrill !== undefined && record.lastDrill.outcome !== 'proven')
      backups.degraded(`the last drill, ${record.lastDrill.at}: ${record.lastDrill.reason}`);
    else if (record.lastRun !== undefined || known !== undefined) backups.ok();
  };
  judge();
  let looked = Number.NEGATIVE_INFINITY;
  const watch = async () => {
    const now = performance.now();
    // another sidecar with the same schedule may have made it; to be known before anybody hears that it is overdue
    if (record.progress === undefined && record.overdue(Date.now() + 2 * glance) && now - looked >= lookAgain) {
      looked = now;
      known = (await lookBack(children, life).catch(() => undefined)) ?? known;
      if (known !== undefined) record.remember(known);
    }
    judge();
  };
  const judging = setInterval(() => void watch(), glance);
  // from now on nearly all it does is wait
  returnFreedMemory();

  const key = `${hostname()} ${settings.name ?? ''}`;
  const decide = (now: number) => {
    const { since, lastStarted } = record;
    const decision = due({ ...settings, timeZone, now, since, lastStarted, key });
    if (!decision.run) record.next = decision.at;
    return decision;
  };
  for (let run = await untilDue(decide, stopping); run !== undefined; run = await untilDue(decide, stopping)) {
    record.begin(Date.now());
    record.next = nextAfter(settings.schedule, Date.now(), timeZone);
    if (run.missed) log.info({ scheduled: new Date(run.slot) }, 'making up for a time of the schedule that was missed');
    const { result, told } = await runChild(children, life, new Date(run.slot), (progress) => {
      record.progress = progress;
    });
    record.end(result);
    judge();
    // who was told to stop did what it was told
    if (!told && !stopping.aborted) await notifyOf(life, result);
  }
  clearInterval(judging);
}

/** What a person has to know of the last run; undefined where it went as it should. */
function troubleOf(result: RunResult | undefined): string | undefined {
  if (result === undefined || result.outcome === 'saved' || result.outcome === 'skipped') return undefined;
  return `the last run: ${result.reason ?? result.outcome}`;
}
