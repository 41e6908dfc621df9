import type { Rank } from './busiest.ts';
import type { Snapshot } from './snapshot.ts';
import type { WindowName } from './windows.ts';

/** What access logs told, over several windows: what `logs top --json` and `/top.json` tell. */
export interface Top {
  /** RFC 3339, in UTC. */
  readonly time: string;
  readonly windows: Readonly<Partial<Record<WindowName, Snapshot>>>;
}

/** What tells snapshots. */
interface Source {
  readonly snapshot: (name: WindowName, options: { readonly rows: number; readonly rank?: Rank }) => Snapshot;
}

/** How many paths, clients and agents are told. */
export const rowsTold = 20;

/** What was counted in each of the windows. */
export function topOf(source: Source, names: readonly WindowName[]): Top {
  return {
    time: new Date().toISOString(),
    windows: Object.fromEntries(names.map((name) => [name, source.snapshot(name, { rows: rowsTold })])),
  };
}
