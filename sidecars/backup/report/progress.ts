import type { Progress } from '../run/events.ts';
import { amountOfBytes, amountOfTime } from './amounts.ts';

/** A bar that is shorter says nothing. */
const leastBar = 10;
const mostBar = 40;

/**
 * How far a run is, on one line that is never wider than asked: what matters least is left out, and a bar takes what room there is.
 * @param perSecond bytes a second; undefined where that is not known yet.
 * @param width in columns.
 */
export function renderProgress(progress: Progress, perSecond: number | undefined, width: number): string {
  const { phase, bytes, files } = progress;
  const share = shareOf(progress);
  // by what matters; shown in the order of `at`
  const facts = [
    { at: 0, text: phase.padEnd(9) },
    { at: 2, text: share === undefined ? '' : `${String(Math.floor(share * 100)).padStart(3)} %` },
    { at: 3, text: bytes === 0 ? '' : amounts(progress) },
    { at: 5, text: left(progress, perSecond) },
    { at: 4, text: perSecond === undefined ? '' : `${amountOfBytes(perSecond)}/s` },
    { at: 6, text: files === 0 ? '' : `${files} ${files === 1 ? 'file' : 'files'}` },
  ].filter(({ text }) => text !== '');
  const shown: typeof facts = [];
  let used = 0;
  for (const fact of facts) {
    const more = fact.text.length + (shown.length > 0 ? 2 : 0);
    if (used + more > width) break;
    shown.push(fact);
    used += more;
  }
  const room = Math.min(width - used - 2, mostBar);
  if (share !== undefined && room >= leastBar) shown.push({ at: 1, text: bar(share, room) });
  return shown
    .toSorted((a, b) => a.at - b.at)
    .map(({ text }) => text)
    .join('  ')
    .trimEnd()
    .slice(0, Math.max(0, width));
}

/** Of what there will be, how much there is, from 0 to 1. More may come than was thought at first. */
function shareOf({ bytes, total }: Progress): number | undefined {
  return total === undefined || total === 0 ? undefined : Math.min(bytes / total, 1);
}

function amounts({ bytes, total }: Progress): string {
  return total === undefined ? amountOfBytes(bytes) : `${amountOfBytes(bytes)} of ${amountOfBytes(Math.max(bytes, total))}`;
}

function left({ bytes, total }: Progress, perSecond: number | undefined): string {
  if (total === undefined || perSecond === undefined || perSecond < 1 || bytes >= total) return '';
  return `${amountOfTime(Math.max(1000, ((total - bytes) / perSecond) * 1000))} left`;
}

/** @param room with the brackets. */
function bar(share: number, room: number): string {
  const length = room - 2;
  return `[${'#'.repeat(Math.floor(share * length)).padEnd(length, '.')}]`;
}
