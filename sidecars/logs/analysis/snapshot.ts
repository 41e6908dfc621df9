import type { Busiest, Rank, Ranked } from './busiest.ts';
import { methods, statusClasses } from './tally.ts';
import type { WindowName, Windows } from './windows.ts';

/** What access logs told over some time. */
export interface Snapshot {
  /** How long that is; at the least since the start. */
  readonly seconds: number;
  readonly requests: number;
  readonly requestsPerSecond: number;
  /** Of the answers. */
  readonly bytes: number;
  readonly bytesPerSecond: number;
  /** Requests by class of status; those that there were none of are left out, here and below. */
  readonly classes: Readonly<Record<string, number>>;
  /** By status, the busiest first. */
  readonly statuses: readonly { readonly status: number; readonly requests: number }[];
  readonly methods: Readonly<Record<string, number>>;
  /** How long answers took; null where no line told. */
  readonly times: AnswerTimes | null;
  readonly paths: readonly Ranked[];
  readonly clients: readonly Ranked[];
  readonly agents: readonly Ranked[];
  /** Lines that tell no request. */
  readonly otherLines: number;
}

/** How long answers took, in seconds. */
export interface AnswerTimes {
  /** How many of them are known. */
  readonly requests: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** How much a snapshot tells, and in which order. */
export interface SnapshotOptions {
  /** Paths, clients and agents. */
  readonly rows: number;
  readonly rank?: Rank;
}

const statusesShown = 8;

/** Tells what was counted in a window. @param now milliseconds since 1970. */
export function snapshotOf(
  windows: Windows,
  name: WindowName,
  now: number,
  { rows, rank = 'requests' }: SnapshotOptions,
): Snapshot {
  const { counts, seconds } = windows.over(name, now);
  const { tally, paths, clients, agents } = counts;
  const { requests, bytes, otherLines, times } = tally;
  const perSecond = (value: number) => (seconds > 0 ? value / seconds : 0);
  const present = (keys: readonly string[], count: (index: number) => number) =>
    Object.fromEntries(keys.map((key, index) => [key, count(index)] as const).filter(([, value]) => value > 0));
  return {
    seconds,
    requests,
    requestsPerSecond: perSecond(requests),
    bytes,
    bytesPerSecond: perSecond(bytes),
    classes: present(statusClasses, (index) => methods.reduce((sum, _, method) => sum + tally.of(method, index), 0)),
    statuses: Array.from(tally.statuses, (count, status) => ({ status, requests: count }))
      .filter(({ requests }) => requests > 0)
      .sort((a, b) => b.requests - a.requests)
      .slice(0, statusesShown),
    methods: present(methods, (index) => statusClasses.reduce((sum, _, statusClass) => sum + tally.of(index, statusClass), 0)),
    times:
      times.count === 0
        ? null
        : {
            requests: times.count,
            mean: times.sum / times.count,
            p50: times.quantile(0.5),
            p90: times.quantile(0.9),
            p99: times.quantile(0.99),
            max: times.most,
          },
    paths: outstanding(paths, rows, rank),
    clients: outstanding(clients, rows, rank),
    agents: outstanding(agents, rows, rank),
    otherLines,
  };
}

/** The first keys; not those of which more was missed than counted, as they are there by chance: of ten thousand clients with a request each, the last ones. */
function outstanding(busiest: Busiest, rows: number, rank: Rank): Ranked[] {
  return busiest
    .top(Infinity, rank)
    .filter(({ requests, missed }) => missed <= requests)
    .slice(0, rows);
}
