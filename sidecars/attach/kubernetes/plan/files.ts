import { posix } from 'node:path';
import picomatch from 'picomatch';
import { type Container, isSettings, type Mount, mountsOf, type Volume } from '../manifest/pod.ts';

/** The mounts of a container that hold some paths, and the folders of paths that none holds. */
export interface Held {
  readonly mounts: readonly Mount[];
  readonly missing: readonly string[];
}

/** Finds the mounts that hold the files that are named by paths or globs, or a part of them. */
export function holding(globs: readonly string[], mounts: readonly Mount[]): Held {
  const found = new Set<Mount>();
  const missing = new Set<string>();
  for (const glob of globs) {
    const { base, isGlob } = picomatch.scan(glob);
    const folder = posix.normalize(base === '' ? '/' : base);
    const around = mounts
      .filter(({ mountPath }) => isWithin(folder, mountPath))
      .toSorted((a, b) => b.mountPath.length - a.mountPath.length)[0];
    const inside = mounts.filter(({ mountPath }) => mountPath !== folder && isWithin(mountPath, folder));
    for (const mount of around === undefined ? inside : [around, ...inside]) found.add(mount);
    if (around === undefined && inside.length === 0) missing.add(isGlob ? folder : posix.dirname(folder));
  }
  const outermost = [...missing].filter((folder) => ![...missing].some((other) => other !== folder && isWithin(folder, other)));
  return { mounts: mounts.filter((mount) => found.has(mount)), missing: outermost };
}

/** The mounts of a container that hold data: no settings that Kubernetes itself puts there. */
export function dataMounts(container: Container, volumes: readonly Volume[]): Mount[] {
  return mountsOf(container).filter(({ name }) => volumes.some((volume) => volume.name === name && !isSettings(volume)));
}

/** A mount as another container of the pod has it. */
export function sharedMount({ name, mountPath, subPath, subPathExpr }: Mount, readOnly: boolean): Mount {
  return {
    name,
    mountPath,
    ...(subPath === undefined ? {} : { subPath }),
    ...(subPathExpr === undefined ? {} : { subPathExpr }),
    ...(readOnly ? { readOnly } : {}),
  };
}

/** Whether a path is a folder or below it. */
export function isWithin(path: string, folder: string): boolean {
  const base = folder.replace(/\/+$/, '');
  return path === folder || path === base || path.startsWith(`${base}/`);
}
