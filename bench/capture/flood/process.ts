// node process.ts INTERFACE: sends frames to an interface of the namespace that it is in, when it is asked for it over the channel of child_process.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setPriority } from 'node:os';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { Sender } from './sender.ts';
import { type FloodAsked, type Flooded, type FloodOrder, type FloodTold, unbounded } from './task.ts';

/** How nice it is to those who capture: they would not get the processor otherwise. */
const niceness = 10;
/** How often the clock is looked at, in milliseconds. */
const pace = 1;
/** How many frames are sent before the clock is looked at. */
const portion = 4096;
/** How often it hears what it is told meanwhile, in milliseconds. */
const hearing = 20;

const [name = ''] = process.argv.slice(2);
let isHalted = false;
const waiting = new Int32Array(new SharedArrayBuffer(4));

process.on('message', (asked: FloodAsked) => {
  if ('halt' in asked) isHalted = true;
  else void answer(asked.order);
});
process.on('disconnect', () => process.exit());
setPriority(niceness);
// it is given to this namespace by who started us
while (!existsSync(`/sys/class/net/${name}`)) await sleep(5);
spawnSync('ip', ['link', 'set', name, 'up']);
tell({ ready: true });

async function answer(order: FloodOrder): Promise<void> {
  isHalted = false;
  try {
    tell({ flooded: await flood(order) });
  } catch (error) {
    tell({ error: String(error) });
  }
}

/** Sends at a steady rate, in portions; what it could not send in its time it does not make up for. */
async function flood({ size, rate, count }: FloodOrder): Promise<Flooded> {
  const sender = new Sender(name, size);
  const begun = performance.now();
  let sent = 0;
  let due = 0;
  let heard = begun;
  for (let before = begun; sent < count && !isHalted; ) {
    const now = performance.now();
    due = Math.min(due + ((now - before) * rate) / 1000, portion);
    before = now;
    while (due > 0 && sent < count) {
      const more = sender.send();
      if (more === 0) break;
      sent += more;
      due -= more;
    }
    if (rate < unbounded) Atomics.wait(waiting, 0, 0, pace);
    if (now - heard < hearing) continue;
    heard = now;
    await turn();
  }
  sender.close();
  return { sent, seconds: (performance.now() - begun) / 1000 };
}

function tell(told: FloodTold): void {
  process.send?.(told);
}
