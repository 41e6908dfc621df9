// node process.ts WAY WARM TIMES: scans so often to warm up, then so often to be measured, and sends what one of these took at the middle.
import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../../table.ts';
import { cpuOfEndedChildren } from '../../usage.ts';
import { tell } from '../result.ts';
import { openSampler } from './sidecar.ts';
import { spawnAlone, spawnAndParse } from './ss.ts';
import type { Scanned, Way } from './ways.ts';

/** Between two scans, in milliseconds: they come now and then. */
const pause = 10;

const [way, warm, times] = process.argv.slice(2);
const scan = scanOf(way as Way['name']);
for (let time = 0; time < Number(warm); time += 1) await scan();
const walls: number[] = [];
let cpu = 0;
let connections = 0;
for (let time = 0; time < Number(times); time += 1) {
  await sleep(pause);
  const before = spent();
  const begun = performance.now();
  connections = await scan();
  walls.push(performance.now() - begun);
  cpu += spent() - before;
}
// an ended child is counted in hundredths of a second: the sum of several is closer than each
tell({ wallMs: median(walls), cpuMs: cpu / walls.length, connections } satisfies Scanned);

function scanOf(name: Way['name']): () => Promise<number> {
  switch (name) {
    case 'netlink':
    case 'proc':
      return openSampler(name);
    case 'ss-parse':
      return spawnAndParse;
    case 'ss':
      return spawnAlone;
  }
}

/** Processor time of this process and what it started, in milliseconds. Of `ss` alone only the latter counts. */
function spent(): number {
  const { user, system } = process.cpuUsage();
  return (way === 'ss' ? 0 : (user + system) / 1000) + cpuOfEndedChildren() * 1000;
}
