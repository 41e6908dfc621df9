import { setTimeout as sleep } from 'node:timers/promises';
import type { Stage } from '../stage.ts';
import { cpuOfTree } from '../usage.ts';
import type { Asker } from './asker.ts';
import { firstPort, startChurner } from './crowd/crowd.ts';
import { sidekick, startReady } from './exporters.ts';
import type { Plan } from './plan.ts';

const port = 7340;
/** Longer than the measurement: no reading of sockets is among what is measured. */
const never = 3_600_000;
/** How often it is looked whether all was counted, how long at least, and after how long without one more nothing is waited for, in milliseconds. */
const looks = { pause: 500, patience: 1000 } as const;

/** Short connections, each of which ends at two sockets here. */
export type Ends = Readonly<Record<'perSecond' | 'ends' | 'heard' | 'lost' | 'overruns' | 'cpuUsEach' | 'busyShare', number>>;

/** Makes and closes connections as fast as one process can, and finds how many of their ends the sidecar counted. @throws Error */
export async function ends(stage: Stage, { seconds, warm }: Plan): Promise<Ends> {
  const churner = await startChurner(stage);
  const [actor, asker] = await startReady(stage, sidekick, { port, interval: never });
  try {
    await churner.churn(seconds / 10);
    for (let time = 0; time < warm / 10; time += 1) await asker.metrics();
    const before = await settled(asker);
    const cpuBefore = cpuOfTree(actor.pid);
    const { connections, seconds: took } = await churner.churn(seconds);
    const busy = cpuOfTree(actor.pid) - cpuBefore;
    const after = await settled(asker);
    const cpu = cpuOfTree(actor.pid) - cpuBefore;
    const heard = after.closed - before.closed;
    return {
      perSecond: connections / took,
      ends: connections * 2,
      heard,
      lost: connections * 2 - heard,
      overruns: after.overruns - before.overruns,
      cpuUsEach: (cpu * 1e6) / heard,
      busyShare: busy / took,
    };
  } finally {
    asker.close();
    await actor.stop();
    await churner.stop();
  }
}

interface Counted {
  readonly closed: number;
  readonly overruns: number;
}

/** What is counted once nothing more comes. */
async function settled(asker: Asker): Promise<Counted> {
  let counted = await read(asker);
  for (let quiet = 0; quiet < looks.patience; quiet += looks.pause) {
    await sleep(looks.pause);
    const now = await read(asker);
    if (now.closed > counted.closed) quiet = 0;
    counted = now;
  }
  return counted;
}

async function read(asker: Asker): Promise<Counted> {
  const { body } = await asker.metrics();
  // not those that carry these very scrapes
  const closed = [
    ...body.matchAll(new RegExp(`^sidekick_netprobe_tcp_peer_closed_total\\{.*port="${firstPort}"\\} (\\d+)$`, 'gm')),
  ];
  const [, overruns] = /^sidekick_netprobe_events_overruns_total (\d+)$/m.exec(body) ?? [];
  return { closed: closed.reduce((sum, [, count]) => sum + Number(count), 0), overruns: Number(overruns) };
}
