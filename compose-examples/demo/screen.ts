import { styleText } from 'node:util';
import type { Snapshot } from './arrivals.ts';
import type { Sidecar } from './sidecar.ts';
import { count, number } from './verdict.ts';

/** What is shown while the demo runs. */
export interface View {
  readonly counts: Snapshot;
  readonly page: string;
  /** Of the sidecar's admin server. */
  readonly admin: string;
  /** The file that the application writes. */
  readonly log: string;
  readonly sidecar: Pick<Sidecar, 'pid' | 'kills' | 'standing'>;
}

/** A terminal, where the status is drawn again and again in the same place, or a pipe, which gets a line from time to time. */
export class Screen {
  readonly #out: NodeJS.WriteStream;
  /** Milliseconds between two lines in a pipe. */
  readonly #pause: number;
  #height = 0;
  #saidAt = Number.NEGATIVE_INFINITY;

  constructor(out: NodeJS.WriteStream, pause: number) {
    this.#out = out;
    this.#pause = pause;
  }

  /** Shows how things stand. */
  show(view: View): void {
    if (this.#out.isTTY) {
      const lines = statusOf(view, this.#out.columns).slice(0, this.#out.rows - 1);
      // without wrapping of long lines: each of them is one row
      this.#out.write(`\x1b[?7l${this.#home}${lines.map((line) => `\x1b[2K${line}\n`).join('')}\x1b[J\x1b[?7h`);
      this.#height = lines.length;
      return;
    }
    if (performance.now() - this.#saidAt < this.#pause) return;
    this.#saidAt = performance.now();
    this.#out.write(`${summaryOf(view)}\n`);
  }

  /** Says a sentence that stays, below the status. */
  say(text: string): void {
    this.#out.write(`${text}\n`);
    this.#height = 0;
  }

  get #home(): string {
    return this.#height > 0 ? `\x1b[${this.#height}F` : '';
  }
}

/** The status as lines of at most `width` columns. */
export function statusOf({ counts, page, admin, log, sidecar }: View, width: number): string[] {
  const { written, shipped, rotations, duplicates, perSecond, lines } = counts;
  const behind = written - shipped;
  const room = Math.max(20, width - 22);
  const standing = {
    running: `pid ${sidecar.pid}`,
    killed: 'killed; it is started again in two seconds',
    stopped: 'ended in order',
  };
  return [
    styleText('bold', "Sidekick: an application's log files, shipped by the logs sidecar"),
    '',
    field('page', styleText('cyan', page)),
    field('sidecar', `${styleText('cyan', `${admin}/metrics`)}  ${styleText('cyan', `${admin}/status`)}`),
    field('log file', log),
    '',
    field('written', `${number(written).padStart(11)}  ${bars(perSecond.written.slice(-room))}`),
    field('shipped', `${number(shipped).padStart(11)}  ${bars(perSecond.shipped.slice(-room))}`),
    field('on the way', `${number(behind).padStart(11)}  ${styleText('dim', `lines; ${number(duplicates)} came twice`)}`),
    field('rotations', number(rotations).padStart(11)),
    field('kills', `${number(sidecar.kills).padStart(11)}  ${styleText('dim', standing[sidecar.standing])}`),
    '',
    ...lines.slice(0, 6).map((line) => styleText('dim', `  ${line.slice(0, width - 3)}`)),
    '',
    `Try ${styleText('bold', `kill -9 ${sidecar.pid}`)} in another terminal: the sidecar is started again, and nothing is lost.`,
    'Ctrl-C ends the demo.',
  ];
}

/** The status as one line. */
export function summaryOf({ counts: { written, shipped, rotations, duplicates }, sidecar: { kills } }: View): string {
  const details = [count(duplicates, 'duplicate'), count(rotations, 'rotation'), `${number(kills)} kill -9`].join(', ');
  return `written ${number(written)}, shipped ${number(shipped)}, ${number(written - shipped)} on the way, ${details}`;
}

function field(name: string, text: string): string {
  return `  ${name.padEnd(11)}${text}`;
}

/** Numbers as blocks of different heights, the highest of them filling the line. */
function bars(counts: readonly number[]): string {
  const most = Math.max(1, ...counts);
  return counts.map((height) => (height === 0 ? ' ' : ('▁▂▃▄▅▆▇█'[Math.ceil((height / most) * 8) - 1] ?? ''))).join('');
}
