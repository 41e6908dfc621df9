import { milliseconds, short } from '#shared/tables/amounts.ts';
import { plain, table } from '#shared/tables/table.ts';
import type { Room } from '#shared/terminal.ts';
import type { Rank, Ranked } from './busiest.ts';
import type { Snapshot } from './snapshot.ts';
import type { WindowName } from './windows.ts';

/** What a window is called. */
const called: Readonly<Record<WindowName, string>> = {
  '1s': 'last second',
  '10s': 'last 10 s',
  '1m': 'last minute',
  all: 'all',
};

/** How a snapshot is shown. */
export interface ScreenOptions {
  readonly window: WindowName;
  /** Marked in the titles. */
  readonly rank: Rank;
  /** False where all was read in one go: then nothing is told of a second. */
  readonly live: boolean;
  /** Leaves out what does not fit; undefined shows all. */
  readonly room?: Room;
}

/** Lines that tell a snapshot. */
export function screenLines(snapshot: Snapshot, options: ScreenOptions): readonly string[] {
  const { room } = options;
  const head = [...headLines(snapshot, options), ''];
  const [paths, clients, agents] = [
    rankedLines('path', snapshot.paths, snapshot, options),
    rankedLines('client', snapshot.clients, snapshot, options),
    rankedLines('agent', snapshot.agents, snapshot, options),
  ];
  const rest = room === undefined ? Infinity : room.lines - head.length - 2;
  // clients and agents get a fifth each at the most, unless paths leave room
  const fifth = Math.max(Math.floor(rest / 5), 3);
  const forAgents = Math.min(agents.length, Math.max(fifth, rest - paths.length - clients.length));
  const forClients = Math.min(clients.length, Math.max(fifth, rest - paths.length - forAgents));
  const parts = [
    paths.slice(0, Math.max(0, rest - forClients - forAgents)),
    clients.slice(0, forClients),
    agents.slice(0, forAgents),
  ];
  const lines = [
    ...head,
    ...parts.filter((part) => part.length > 0).flatMap((part, index) => (index > 0 ? ['', ...part] : part)),
  ];
  return room === undefined ? lines : lines.slice(0, room.lines).map((line) => line.slice(0, room.columns));
}

function headLines(snapshot: Snapshot, { window, live }: ScreenOptions): string[] {
  const { requests, bytes, requestsPerSecond, bytesPerSecond, classes, statuses, methods, times, otherLines } = snapshot;
  const rates = live ? [`${perSecond(requestsPerSecond)} req/s`, `${short(bytesPerSecond)}B/s`] : [];
  const amounts = [`${called[window]}:`, `${requests} requests`, `${short(bytes)}B`, ...rates];
  const shares = Object.entries(classes).map(([name, count]) => `${name} ${count} (${percent(count / requests)})`);
  const told = [...Object.entries(methods).map(([name, count]) => `${name} ${count}`), `other lines ${otherLines}`];
  return [
    amounts.join('  '),
    shares.join('  ') || 'no requests',
    ...(statuses.length > 0 ? [`status ${statuses.map(({ status, requests }) => `${status}: ${requests}`).join('  ')}`] : []),
    told.join('  '),
    times === null
      ? 'no line tells how long its answer took'
      : `time ms  p50 ${ms(times.p50)}  p90 ${ms(times.p90)}  p99 ${ms(times.p99)}  mean ${ms(times.mean)}  max ${ms(times.max)}`,
  ];
}

const titles: Readonly<Record<Rank, string>> = { requests: 'requests', bytes: 'bytes', failed: '5xx', seconds: 'mean ms' };

function rankedLines(
  title: string,
  ranked: readonly Ranked[],
  { requests: all, seconds: span }: Snapshot,
  { rank, live }: ScreenOptions,
): string[] {
  if (ranked.length === 0) return [];
  const titled = (of: Rank) => (of === rank ? `${titles[of]}*` : titles[of]);
  const head = [
    titled('requests'),
    ...(live ? ['req/s'] : []),
    'share',
    titled('bytes'),
    titled('failed'),
    titled('seconds'),
    title,
  ];
  const rows = ranked.map(({ name, requests, missed, bytes, failed, seconds }) => [
    // one that took the place of another may have had more requests before
    missed > 0 ? `>=${requests}` : String(requests),
    ...(live ? [perSecond(span > 0 ? requests / span : 0)] : []),
    percent(requests / all),
    short(bytes),
    String(failed),
    seconds === null ? '' : ms(seconds),
    plain(name),
  ]);
  return table([head, ...rows], { right: Array.from({ length: head.length - 1 }, (_, column) => column) })
    .trimEnd()
    .split('\n');
}

function ms(seconds: number): string {
  return milliseconds(seconds * 1e6);
}

function perSecond(value: number): string {
  return value === 0 ? '0' : value < 10 ? value.toFixed(1) : short(value);
}

function percent(share: number): string {
  const value = share * 100;
  return `${value === 0 || value >= 9.95 ? value.toFixed(0) : value.toFixed(1)}%`;
}
