import { realpathSync } from 'node:fs';
import { codeOf, messageOf } from '#shared/exit.ts';
import { isMadeUp, type Mount } from './mounts.ts';
import { compareNames, isWithin } from './name-order.ts';

/** Sources that cannot be backed up. The message has a line for each. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
}

/** Where a walk begins. */
export interface Root {
  /** Absolute and without symbolic links. */
  readonly path: Buffer;
  /** As a person named it. */
  readonly given: string;
}

/**
 * Resolves the sources: a symbolic link, as the last name or before, leads to what it points at, and that path is what is archived, so that
 * `restore --to /` puts things where they were. They are sorted in the order of a walk; one that is below another is part of that one.
 * @throws SourceError where one is not there, cannot be reached, or is a file system of the kernel's own making.
 */
export function resolveRoots(sources: readonly string[], mounts: readonly Mount[]): Root[] {
  const problems: string[] = [];
  const roots: Root[] = [];
  for (const given of sources) {
    try {
      const path = realpathSync.native(given, { encoding: 'buffer' });
      const type = typeAt(path, mounts);
      if (isMadeUp(type))
        problems.push(`the source ${given} is on ${type}, which the kernel makes up: there is nothing to restore`);
      else roots.push({ path, given });
    } catch (error) {
      problems.push(missing(given, error));
    }
  }
  if (problems.length > 0) throw new SourceError(problems.join('\n'));
  roots.sort((a, b) => compareNames(a.path, b.path));
  const kept: Root[] = [];
  for (const root of roots) {
    const above = kept.at(-1);
    if (above === undefined || !isWithin(root.path, nameOf(above.path))) kept.push(root);
  }
  return kept;
}

function missing(given: string, error: unknown): string {
  const code = codeOf(error);
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return `the source ${given} does not exist; mount it, for example by --volumes-from, or name what is there`;
  if (code === 'EACCES')
    return `the source ${given} cannot be reached: EACCES; run the sidecar as a user or group that may (now uid ${process.getuid?.()})`;
  return `the source ${given} cannot be reached: ${messageOf(error)}`;
}

/** The type of the file system that a path is on: that of the mount which is nearest above it. */
function typeAt(path: Buffer, mounts: readonly Mount[]): string {
  let nearest: Mount | undefined;
  for (const mount of mounts) {
    const longer = nearest === undefined || mount.point.length >= nearest.point.length;
    if (longer && isWithin(path, nameOf(mount.point))) nearest = mount;
  }
  return nearest?.type ?? '';
}

/** A path as {@link isWithin} takes a folder: the root has no slash of its own. */
function nameOf(path: Buffer): Buffer {
  return path.length === 1 ? path.subarray(1) : path;
}
