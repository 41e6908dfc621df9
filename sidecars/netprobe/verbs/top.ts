import type { Values } from '#shared/config/table.ts';
import { print } from '#shared/print.ts';
import { sleep } from '#shared/retry.ts';
import { quitKeys, Terminal } from '#shared/terminal.ts';
import type { NetprobeLife } from '../netprobe.ts';
import { screenLines } from '../top/screen.ts';
import { compare, type Order } from '../top/snapshot.ts';
import { watch } from '../top/watch.ts';
import type { verbs } from '../verb-table.ts';

/** What `netprobe top` is asked for. */
export type TopOptions = Values<(typeof verbs)['top']['options']>;

/** `netprobe top`: what goes on, by peer and by listener, until it is told to stop. @throws Exit */
export async function top({ settings, stopping }: Pick<NetprobeLife, 'settings' | 'stopping'>, given: TopOptions): Promise<void> {
  const quitting = new AbortController();
  const ending = AbortSignal.any([stopping, quitting.signal]);
  const watching = await watch(settings, ending);
  let order: Order = 'bytes';
  let redraw = () => {};
  const terminal =
    process.stdout.isTTY && !given.json
      ? new Terminal<'quit' | Order>(keys, (key) => {
          if (key === 'quit') return quitting.abort();
          order = key;
          redraw();
        })
      : undefined;
  try {
    let before = await watching.look();
    for (let round = 0; round < (given.count ?? Infinity) && !ending.aborted; round += 1) {
      await sleep(given.every, ending);
      if (ending.aborted) break;
      const now = await watching.look();
      const was = before;
      before = now;
      const snapshot = () => limited(compare(was, now, order), given.lines);
      if (given.json) await print(`${JSON.stringify({ time: new Date().toISOString(), ...snapshot() })}\n`);
      else if (terminal === undefined) await print(`${screenLines(snapshot(), order).join('\n')}\n\n`);
      else {
        redraw = () =>
          terminal.draw([help, ...screenLines(snapshot(), order, { ...terminal.room, lines: terminal.room.lines - 1 })]);
        redraw();
      }
    }
  } finally {
    terminal?.close();
    await watching.end();
  }
}

const keys = { ...quitKeys, b: 'bytes', c: 'connections', r: 'rtt', t: 'retransmits' } as const;

const help = 'sort by b bytes, c connections, r RTT, t retransmits; q quits';

function limited<T extends { readonly peers: readonly unknown[] }>(snapshot: T, lines: number | undefined): T {
  return lines === undefined ? snapshot : { ...snapshot, peers: snapshot.peers.slice(0, lines) };
}
