import { lstatSync } from 'node:fs';
import { isMadeUp, type Mount, readMounts } from './mounts.ts';
import { isWithin } from './name-order.ts';

/** Mounts that a container runtime makes on its own account: what is in them belongs to the container, and not to its data. */
const runtimes = [
  '/dev',
  '/proc',
  '/sys',
  '/etc/hosts',
  '/etc/hostname',
  '/etc/resolv.conf',
  '/run/secrets',
  '/var/run/secrets',
  '/run/configs',
  '/run/.containerenv',
  '/var/run/.containerenv',
  '/sbin/docker-init',
  '/usr/sbin/docker-init',
  '/usr/bin/docker-init',
  '/run/podman-init',
];

/**
 * The sources where none are named: the volumes and bind mounts of this container, which `--volumes-from` brought, and single files among them.
 * Left out are the root, file systems in memory and of the kernel's own making, the mounts that the runtime makes, and what is ours.
 * @param ours absolute paths that belong to us: the state, the temporary folder, a store in a folder. A mount at or below one of them
 *   is left out; one that has such a path inside is a source, as it has the data of others too, and the walk avoids the path.
 */
export function sourcesOf(mounts: readonly Mount[], ours: readonly string[]): string[] {
  const notOurs = [...runtimes, ...ours].map((path) => Buffer.from(path));
  return mounts
    .filter(({ point, type }) => point.length > 1 && type !== 'tmpfs' && type !== 'ramfs' && !isMadeUp(type))
    .filter(({ point }) => !notOurs.some((path) => isWithin(point, path)))
    .map(({ point }) => point.toString());
}

/** {@link sourcesOf} what this process sees mounted; sockets, such as that of a container engine, hold no data. */
export function defaultSources(ours: readonly string[]): string[] {
  return sourcesOf(readMounts(), ours).filter((path) => {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    return stats?.isDirectory() || stats?.isFile();
  });
}
