import type { Finding } from '../findings.ts';
import { digits } from '../table.ts';
import type { Plan } from './plan.ts';
import type { Key, Results } from './results.ts';

/** Something is at least so many times as fast as something else, or takes at most so many times as much. */
interface Ratio {
  readonly title: string;
  readonly of: Key;
  readonly beside: Key;
  readonly kind: 'speed' | 'share';
  readonly bound: number;
}

/** Something is at most so much. */
interface Bound {
  readonly title: string;
  readonly of: Key;
  /** How many of its unit, as it was measured, are one of the unit of the goal. */
  readonly unit: readonly [name: string, size: number];
  readonly digits: number;
  readonly most: number;
}

const milliseconds = ['ms', 1] as const;
const megabytes = ['MB', 1e6] as const;
const kilobytes = ['KB', 1000] as const;

/** What the sidecar is built to reach, as far as it was measured. */
export function findings(results: Results, plan: Plan): Finding[] {
  return [
    ...ratios(plan).flatMap((ratio) => ratioFound(results, ratio)),
    ...bounds(plan).flatMap((bound) => boundFound(results, bound)),
  ];
}

function ratios({ sizes }: Plan): Ratio[] {
  const largest = sizes.at(-1) ?? 0;
  const scan = { part: 'scan', sockets: largest, measure: 'wallMs' } as const;
  return [
    {
      title: `scan of ${amount(largest)} sockets: the speed of ss, spawned and read`,
      of: { ...scan, who: 'netlink' },
      beside: { ...scan, who: 'ss-parse' },
      kind: 'speed',
      bound: 8,
    },
    ...[0, ...sizes].map((sockets): Ratio => {
      const key = { part: 'scrape', sockets, measure: 'cpuMs' } as const;
      const near = sockets === 0 ? 'hardly any sockets' : `${amount(sockets)} sockets`;
      return {
        title: `scrape and reading, ${near}: the processor time of node_exporter with tcpstat`,
        of: { ...key, who: 'sidekick+reading' },
        beside: { ...key, who: 'tcpstat' },
        kind: 'share',
        bound: sockets === 0 ? 1 : 0.6,
      };
    }),
  ];
}

function bounds({ most }: Plan): Bound[] {
  const self = { part: 'self', sockets: 0, who: 'sidekick' } as const;
  const live = { part: 'self', sockets: most, who: 'live' } as const;
  const crowd = `${amount(most)} sockets`;
  return [
    {
      title: 'exposition of 10,000 series, as bytes',
      of: { part: 'text', sockets: 0, who: 'sidekick', measure: 'bytesMs' },
      unit: milliseconds,
      digits: 1,
      most: 3,
    },
    { title: 'private dirty memory, idle', of: { ...self, measure: 'idleBytes' }, unit: megabytes, digits: 1, most: 16 },
    { title: `resident memory, ${crowd}`, of: { ...live, measure: 'residentBytes' }, unit: megabytes, digits: 0, most: 90 },
    // half of the answers say nothing about one that waits
    {
      title: `/livez while ${crowd} are read, the longest`,
      of: { ...live, measure: 'mostMs' },
      unit: milliseconds,
      digits: 1,
      most: 10,
    },
    { title: 'ready after its start, warm', of: { ...self, measure: 'readyMs' }, unit: milliseconds, digits: 0, most: 60 },
    { title: 'layer of the image, gzipped', of: { ...self, measure: 'layerBytes' }, unit: kilobytes, digits: 1, most: 80 },
  ];
}

function ratioFound(results: Results, { title, of, beside, kind, bound }: Ratio): Finding[] {
  const [ours, theirs] = [results.median(of), results.median(beside)];
  if (ours === undefined || theirs === undefined) return [];
  if (kind === 'speed') return [{ title, asked: `≥ ${bound}×`, found: theirs / ours, reached: theirs / ours >= bound }];
  return [{ title, asked: `≤ ${bound}×`, found: ours / theirs, reached: ours / theirs <= bound }];
}

function boundFound(results: Results, { title, of, unit: [unit, size], digits: count, most }: Bound): Finding[] {
  const found = results.median(of);
  if (found === undefined) return [];
  const value = found / size;
  return [{ title, asked: `≤ ${most} ${unit}`, found: value, told: `${digits(value, count)} ${unit}`, reached: value <= most }];
}

/** A number as people write it: 50,000. */
export function amount(count: number): string {
  return count.toLocaleString('en');
}
