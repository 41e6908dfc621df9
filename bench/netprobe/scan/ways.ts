import type { PeerName } from '../plan.ts';

/** A way to come to know all connections by peer, or at least to have them told. */
export interface Way {
  readonly name: 'netlink' | 'proc' | 'ss-parse' | 'ss';
  readonly title: string;
  /** Whose it is; undefined for the sidecar's own. */
  readonly peer?: PeerName;
}

/** All of them, the sidecar's own first. */
export const ways: readonly Way[] = [
  { name: 'netlink', title: 'sidekick, asked by netlink, counted by peer' },
  { name: 'proc', title: 'sidekick, read in /proc, counted by peer' },
  { name: 'ss-parse', title: 'spawn ss -tinOH, read by Node, counted by peer', peer: 'ss' },
  { name: 'ss', title: 'spawn ss -tinH, nothing read', peer: 'ss' },
];

/** What a scan takes: by the clock, and of all processors, with that of what it starts. */
export type Scan = Readonly<Record<'wallMs' | 'cpuMs', number>>;

/** Several scans, one after the other, in one process; and how many connections the last one found, which is NaN where nobody looks. */
export type Scanned = Scan & { readonly connections: number };
