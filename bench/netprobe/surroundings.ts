import { answers } from '../answers.ts';

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
 * What is set in the namespace. All ports are there for connections, and of those that were closed only a few are kept for a minute, as
 * they would be in the way of what is measured next.
 */
export const namespaceSettings = { ip_local_port_range: '10000 65535', tcp_max_tw_buckets: '2048' };
