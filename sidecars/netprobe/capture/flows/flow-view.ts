import { print } from '#shared/print.ts';
import { sleep } from '#shared/retry.ts';
import { quitKeys, type Room, Terminal } from '#shared/terminal.ts';
import { decodePacket } from '../decode/decode-packet.ts';
import type { Frame } from '../frame.ts';
import { flowJson } from './flow-json.ts';
import type { FlowOrder } from './flow-order.ts';
import { flowLines } from './flow-screen.ts';
import { FlowTable } from './flow-table.ts';

/** How many conversations are told apart; see {@link FlowTable}. */
const mostFlows = 10_000;

/** How conversations are shown. */
export interface FlowViewOptions {
  /** How often they are shown anew, in milliseconds. */
  readonly every: number;
  /** How many at most; undefined for as many as fit. */
  readonly lines: number | undefined;
  readonly json: boolean;
  /** When it is over. */
  readonly ending: AbortSignal;
  /** Somebody pressed q: it is time to end. */
  readonly quit: () => void;
}

/**
 * The table of conversations. Give it frames, and {@link FlowView.run} it where they come from the network; {@link FlowView.finish} shows the last table:
 * for a file, that is the one.
 */
export class FlowView {
  readonly #options: FlowViewOptions;
  readonly #flows = new FlowTable({ most: mostFlows });
  #order: FlowOrder = 'bytes';
  #dropped = 0;
  constructor(options: FlowViewOptions) {
    this.#options = options;
  }

  /** Counts a frame; its memory is not kept. */
  frame(frame: Frame): void {
    this.#flows.add(frame, decodePacket(frame));
  }

  /** How many packets were dropped until now. */
  dropped(count: number): void {
    this.#dropped = count;
  }

  /** Shows the table again and again until it is over: drawn anew in a terminal, a table or a line of JSON each time elsewhere. */
  async run(): Promise<void> {
    const { every, json, ending } = this.#options;
    let redraw = () => {};
    const terminal =
      process.stdout.isTTY && !json
        ? new Terminal<'quit' | FlowOrder>(keys, (key) => {
            if (key === 'quit') return this.#options.quit();
            this.#order = key;
            redraw();
          })
        : undefined;
    if (terminal !== undefined) redraw = () => this.#draw(terminal);
    try {
      redraw();
      for (let before = performance.now(); ; ) {
        await sleep(every, ending);
        if (ending.aborted) break;
        const now = performance.now();
        const seconds = (now - before) / 1000;
        before = now;
        this.#flows.look(seconds);
        if (terminal === undefined) await print(this.#text(Date.now(), seconds, false), ending);
        else redraw();
      }
    } finally {
      terminal?.close();
    }
  }

  /** Shows the table as it is at the end, when there are no more frames. Its rates are means over all of it. */
  async finish(): Promise<void> {
    const seconds = this.#flows.mean();
    await print(this.#text((this.#flows.last ?? 0) / 1000, seconds, true));
  }

  #draw(terminal: Terminal<'quit' | FlowOrder>): void {
    const { lines, columns } = terminal.room;
    terminal.draw([help, ...this.#lines({ lines: lines - 1, columns })]);
  }

  #text(time: number, seconds: number, isEnd: boolean): string {
    const { json, lines } = this.#options;
    if (json) return `${JSON.stringify(flowJson(this.#flows, { time, seconds, lines, dropped: this.#dropped, isEnd }))}\n`;
    return `${this.#lines(undefined).join('\n')}\n${isEnd ? '' : '\n'}`;
  }

  #lines(room: Room | undefined): readonly string[] {
    return flowLines(this.#flows, { order: this.#order, lines: this.#options.lines, room, dropped: this.#dropped });
  }
}

const keys = { ...quitKeys, b: 'bytes', p: 'packets', r: 'rtt', t: 'retransmits' } as const;

const help = 'sort by b bytes, p packets, r RTT, t retransmits; q quits';
