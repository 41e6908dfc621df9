import { readFileSync } from 'node:fs';
import { answers } from '../answers.ts';
import { coresOf } from '../usage.ts';

/** Where measurements are made. */
export interface Surroundings {
  /** A command in front of which the measuring process is started: in a network namespace of its own, on the core of the loads. */
  readonly before: readonly string[];
  readonly namespace: boolean;
  /** The core of the proxies; undefined where there is but one for all. */
  readonly core: number | undefined;
  /** What is not as it should be, for who reads the numbers. */
  readonly notes: readonly string[];
}

/** What this machine and this user allow. */
export function surroundings(): Surroundings {
  const [proxies, loads] = allowedCores();
  const pinned = loads !== undefined && answers('taskset', '--version');
  const namespace = answers('unshare', '--net', 'ip', 'link', 'set', 'lo', 'up');
  const notes = [
    ...(pinned ? [] : ['proxies and load share one core, or taskset is missing: what is measured is both of them together']),
    ...(namespace ? [] : ['no network namespace of its own, for which it takes root, unshare and ip: loopback as it is']),
  ];
  const before = [...(pinned ? ['taskset', '-c', String(loads)] : []), ...(namespace ? ['unshare', '--net'] : [])];
  return { before, namespace, core: pinned ? proxies : undefined, notes };
}

/**
 * What is set in the namespace. All ports are there for connections, and of those that were closed only a few are kept for a minute,
 * as otherwise none were left after some seconds of connecting. Some machines are set to bbr, which sends at a pace by timers; reno
 * is what may be set in every namespace, and without losses as good as Linux's own cubic.
 */
export const namespaceSettings = {
  ip_local_port_range: '10000 65535',
  tcp_max_tw_buckets: '2048',
  tcp_congestion_control: 'reno',
};

/** The processors that this process may use. */
function allowedCores(): number[] {
  const status = readFileSync('/proc/self/status', 'utf8');
  return coresOf(/^Cpus_allowed_list:\s+(\S+)/m.exec(status)?.[1] ?? '0');
}
