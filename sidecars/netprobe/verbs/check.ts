import { Invalid } from '#shared/config/kinds.ts';
import { Exit, exitCode } from '#shared/exit.ts';
import { print } from '#shared/print.ts';
import { table } from '#shared/tables/table.ts';
import { defaultGateway } from '../checks/gateway.ts';
import { makeCheck } from '../checks/make.ts';
import { milliseconds } from '../checks/milliseconds.ts';
import { type Outcome, phases } from '../checks/outcome.ts';
import { type CheckTarget, checkTarget } from '../checks/target.ts';
import { warmUp } from '../checks/warm-up.ts';
import type { NetprobeLife } from '../netprobe.ts';

/** What `netprobe check` is asked for. */
export interface CheckWords {
  readonly words: readonly string[];
  readonly json: boolean;
}

/**
 * `netprobe check`: makes checks once, all at the same time.
 * @throws Exit with 64 for a URL that is none, and with 1 where a check fails.
 */
export async function checkOnce(
  { settings, stopping }: Pick<NetprobeLife, 'settings' | 'stopping'>,
  { words, json }: CheckWords,
): Promise<void> {
  const targets = targetsOf(words);
  await warmUp(targets);
  const options = { timeout: settings.checkTimeout, gateway: defaultGateway };
  const outcomes = await Promise.all(targets.map((target) => makeCheck(target, options, stopping))).catch((error: unknown) => {
    throw stopping.aborted ? new Exit(exitCode.failed, 'told to stop before the checks were done') : error;
  });
  await print(json ? outcomes.map((outcome) => `${JSON.stringify(plain(outcome))}\n`).join('') : tableOf(outcomes));
  const failed = outcomes.filter(({ ok }) => !ok).length;
  if (failed > 0) throw new Exit(exitCode.failed, failed === 1 ? 'a check failed' : `${failed} checks failed`);
}

/** @throws Exit with what is wrong with each of those that are no URLs of checks. */
function targetsOf(words: readonly string[]): CheckTarget[] {
  const problems: string[] = [];
  const targets = words.flatMap((word) => {
    try {
      return [checkTarget.parse(word)];
    } catch (error) {
      if (!(error instanceof Invalid)) throw error;
      problems.push(`${masked(word)} ${error.message}`);
      return [];
    }
  });
  if (problems.length > 0) throw new Exit(exitCode.settings, problems.join('; '));
  return targets;
}

/** A word without what may be a password in it: whatever is before an @, unless that is a name to look up. */
function masked(word: string): string {
  return /^dns:\/\/[^:]*@/i.test(word) ? word : word.replace(/^([a-z]*:\/\/)?.*@/i, '$1***@');
}

function tableOf(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(({ check, ok, phases: took, seconds, detail }) => [
    ok ? 'ok' : 'FAIL',
    check,
    ...phases.map((phase) => milliseconds(took[phase])),
    milliseconds(seconds),
    detail,
  ]);
  return table([['', 'CHECK', ...phases.map((phase) => phase.toUpperCase()), 'TOTAL', 'DETAIL'], ...rows], {
    right: [2, 3, 4, 5, 6],
  });
}

function plain({ check, ok, seconds, phases: took, detail, certificateExpires }: Outcome): Record<string, unknown> {
  return { check, ok, seconds, phases: took, detail, ...(certificateExpires && { certificateExpires }) };
}
