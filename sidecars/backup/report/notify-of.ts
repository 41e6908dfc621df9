import { hostname } from 'node:os';
import type { Log } from '#shared/log.ts';
import type { BackupSettings } from '../config.ts';
import type { RunResult } from '../run/events.ts';
import { isWanted, noticeOf } from './notice.ts';
import { notify } from './notify.ts';

/** Tells the webhook of a run, where there is one and it wants to know. A webhook that does not listen is told in the log, and fails no run. */
export async function notifyOf({ settings, log }: { settings: BackupSettings; log: Log }, result: RunResult): Promise<void> {
  const { notify: url, notifyOn, notifyTemplate: template, notifyHeaders: headers = {}, name = '' } = settings;
  if (url === undefined || !isWanted(result.outcome, notifyOn)) return;
  const problem = await notify(noticeOf(result, { name, host: hostname() }), { url, template, headers });
  if (problem !== undefined) log.warn(problem);
}
