import type { Part } from './part.ts';

/** What a module imports: another module by its absolute path, at once or by `await import()`. */
export interface Import {
  readonly module: string;
  readonly isLater: boolean;
}

/** What each module imports, by its absolute path. */
export type Imports = ReadonlyMap<string, readonly Import[]>;

/** All modules that a file needs, itself among them; of each, whether only something that is loaded later needs it. */
export function neededBy(file: string, imports: Imports): ReadonlyMap<string, { readonly isLater: boolean }> {
  const atOnce = new Set([file]);
  for (const module of atOnce) for (const each of imports.get(module) ?? []) if (!each.isLater) atOnce.add(each.module);
  const all = new Set(atOnce);
  for (const module of all) for (const each of imports.get(module) ?? []) all.add(each.module);
  return new Map([...all].map((module) => [module, { isLater: !atOnce.has(module) }]));
}

/**
 * What several files of a sidecar need, as parts that they fetch it from, so that none has a copy of its own: one part for those modules that the
 * same files need at once and the same ones later, named by them: `capture+netprobe-later`. So nothing is loaded before it is needed, and no part waits
 * for one that waits for it: whoever needs a module needs all that the module needs, as soon.
 * @param files by name
 */
export function sharedParts(files: ReadonlyMap<string, string>, imports: Imports): Part[] {
  const users = new Map<string, string[]>();
  for (const [name, file] of files)
    for (const [module, { isLater }] of neededBy(file, imports))
      users.set(module, [...(users.get(module) ?? []), isLater ? `${name}-later` : name]);
  const parts = new Map<string, Set<string>>();
  for (const [module, names] of users) {
    if (names.length === 1) continue;
    const name = names.sort().join('+');
    parts.set(name, (parts.get(name) ?? new Set()).add(module));
  }
  return [...parts].map(([name, modules]) => ({ name, modules: new Set([...modules].sort()) }));
}
