import type { Part } from './part.ts';

/** Which modules each module imports, by absolute path. */
export type Imports = ReadonlyMap<string, readonly string[]>;

/** All modules that a file needs, itself among them. */
export function neededBy(file: string, imports: Imports): ReadonlySet<string> {
  const needed = new Set([file]);
  for (const module of needed) for (const imported of imports.get(module) ?? []) needed.add(imported);
  return needed;
}

/**
 * What several files of a sidecar need, as parts that they fetch it from, so that none has a copy of its own: one part for those modules that are
 * needed by the same files, named by them: `capture+netprobe`. So no file gets what it does not need, and none waits for one that waits for it:
 * whoever needs a module needs all that the module needs.
 * @param files by name
 */
export function sharedParts(files: ReadonlyMap<string, string>, imports: Imports): Part[] {
  const users = new Map<string, string[]>();
  for (const [name, file] of files)
    for (const module of neededBy(file, imports)) users.set(module, [...(users.get(module) ?? []), name]);
  const parts = new Map<string, Set<string>>();
  for (const [module, names] of users) {
    if (names.length === 1) continue;
    const name = names.sort().join('+');
    parts.set(name, (parts.get(name) ?? new Set()).add(module));
  }
  return [...parts].map(([name, modules]) => ({ name, modules: new Set([...modules].sort()) }));
}
