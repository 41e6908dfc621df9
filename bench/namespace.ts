import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { answers } from './answers.ts';

/**
 * What stands before a command that is to run in a network namespace of its own: as `ip netns exec` does it, with a /sys that shows that
 * namespace, but without a name that would have to be removed. It goes with its last process.
 */
export const namespaceCommand = [
  'unshare',
  '--net',
  '--mount',
  'sh',
  '-c',
  'mount -t sysfs sysfs /sys && exec "$0" "$@"',
] as const;

/** Whether this user may have such a namespace. */
export function mayHaveNamespace(): boolean {
  const [command, ...args] = namespaceCommand;
  return process.platform === 'linux' && answers(command, ...args, 'ip', 'link', 'set', 'lo', 'up');
}

/**
 * Makes a new network namespace ready, which this process is in.
 * @param settings of net.ipv4 by name, such as `{ tcp_max_tw_buckets: '2048' }`
 * @returns what could not be set. @throws Error where it has no loopback.
 */
export function prepareNamespace(settings: Readonly<Record<string, string>>): string[] {
  const { status, stderr } = spawnSync('ip', ['link', 'set', 'lo', 'up'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the loopback of a network namespace cannot be set up: ${stderr}`);
  return Object.entries(settings).flatMap(([name, value]) => {
    try {
      writeFileSync(`/proc/sys/net/ipv4/${name}`, value);
      return [];
    } catch (error) {
      return [`net.ipv4.${name} cannot be set: ${error}`];
    }
  });
}

/** How many files a process may have open. @see https://man7.org/linux/man-pages/man5/proc_pid_limits.5.html */
export function mostDescriptors(): number {
  const limit = /^Max open files\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  return limit === 'unlimited' ? Number.POSITIVE_INFINITY : Number(limit);
}
