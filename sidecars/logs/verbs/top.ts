import type { Values } from '#shared/config/table.ts';
import { Exit, exitCode } from '#shared/exit.ts';
import { print } from '#shared/print.ts';
import { sleep } from '#shared/retry.ts';
import { quitKeys, Terminal } from '#shared/terminal.ts';
import { Analysis } from '../analysis/analysis.ts';
import type { Rank } from '../analysis/busiest.ts';
import { screenLines } from '../analysis/screen.ts';
import { rowsTold, topOf } from '../analysis/top.ts';
import { type WindowName, windowNames } from '../analysis/windows.ts';
import type { LogsLife } from '../logs.ts';
import type { verbs } from '../verb-table.ts';
import { NoRecords, nowhere } from './no-records.ts';
import { lookOn } from './onlooker.ts';

/** What `logs top` is asked for. */
export type TopOptions = Values<(typeof verbs)['top']['options']>;

/** How many rows a table has that is printed. */
const rowsPrinted = 10;

/** `logs top`: what access logs tell, all at once or until it is told to stop. @throws Exit where no file matches */
export async function top(life: Pick<LogsLife, 'settings' | 'log' | 'stopping'>, given: TopOptions): Promise<void> {
  const { settings, stopping } = life;
  const quitting = new AbortController();
  const ending = AbortSignal.any([stopping, quitting.signal]);
  const analysis = new Analysis();
  const view = {
    files: given.files ?? settings.paths,
    start: given.all || given.once ? 'beginning' : 'end',
    once: given.once,
    recorder: () => new NoRecords(settings.maxLine),
    sink: nowhere,
    passed: (_file: unknown, chunk: Buffer, from: number, to: number) => analysis.take(chunk, from, to),
  } as const;
  if (given.once) {
    await lookOn(life, view, ending);
    if (stopping.aborted) throw new Exit(exitCode.failed, 'told to stop before all was read');
    await print(given.json ? jsonOf(analysis, ['all']) : tableOf(analysis, 'all', false), stopping);
    return;
  }
  const first: WindowName = given.all ? 'all' : '10s';
  const looking = lookOn(life, view, ending).finally(() => quitting.abort());
  await Promise.all([looking, show(analysis, given, first, ending, () => quitting.abort())]);
}

function jsonOf(analysis: Analysis, names: readonly WindowName[]): string {
  return `${JSON.stringify(topOf(analysis, names))}\n`;
}

function tableOf(analysis: Analysis, window: WindowName, live: boolean): string {
  const snapshot = analysis.snapshot(window, { rows: rowsPrinted });
  return `${screenLines(snapshot, { window, rank: 'requests', live }).join('\n')}\n`;
}

/** Shows again and again what was counted: drawn in a terminal, printed elsewhere. */
async function show(
  analysis: Analysis,
  given: TopOptions,
  first: WindowName,
  ending: AbortSignal,
  quit: () => void,
): Promise<void> {
  let window = first;
  let rank: Rank = 'requests';
  let redraw = () => {};
  const terminal =
    process.stdout.isTTY && !given.json
      ? new Terminal<'quit' | 'window' | Rank>(keys, (key) => {
          if (key === 'quit') return quit();
          if (key === 'window') window = windowNames[(windowNames.indexOf(window) + 1) % windowNames.length] ?? first;
          else rank = key;
          redraw();
        })
      : undefined;
  if (terminal !== undefined)
    redraw = () => {
      const room = { ...terminal.room, lines: terminal.room.lines - 1 };
      const snapshot = analysis.snapshot(window, { rows: Math.max(rowsTold, room.lines), rank });
      terminal.draw([help.slice(0, room.columns), ...screenLines(snapshot, { window, rank, live: true, room })]);
    };
  process.stdout.on('resize', redraw);
  try {
    redraw();
    for (;;) {
      await sleep(given.every, ending);
      if (ending.aborted) break;
      if (terminal !== undefined) redraw();
      else if (given.json) await print(jsonOf(analysis, windowNames), ending);
      else await print(`${tableOf(analysis, window, true)}\n`, ending);
    }
  } finally {
    process.stdout.off('resize', redraw);
    terminal?.close();
  }
}

const keys = { ...quitKeys, w: 'window', r: 'requests', b: 'bytes', e: 'failed', t: 'seconds' } as const;
const help = 'w another window; sort by r requests, b bytes, e 5xx, t time; q quits';
