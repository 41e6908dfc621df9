import { resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';

/** Modules that make one file together, which others fetch them from. */
export interface Part {
  /** Its file is `NAME.cjs`, beside those that need it. */
  readonly name: string;
  /** The modules, by absolute path. */
  readonly modules: ReadonlySet<string>;
}

/** Leaves the modules of parts to their files. For imports whose names every part has but once, which {@link exportsOf} sees to. */
export function fetching(parts: readonly Part[]): Plugin {
  return {
    name: 'parts',
    setup: ({ onResolve }) => {
      onResolve({ filter: /^(#shared\/|\.)/ }, ({ path, resolveDir }) => {
        const file = path.startsWith('#') ? resolve(path.slice(1)) : resolve(resolveDir, path);
        const part = parts.find(({ modules }) => modules.has(file));
        return part === undefined ? undefined : { path: `./${part.name}.cjs`, external: true };
      });
    },
  };
}

/** A module that exports all that the modules of a part export. @throws Error where two export the same name, or one has a default. */
export async function exportsOf({ name, modules }: Part): Promise<string> {
  const { metafile } = await build({ entryPoints: [...modules], format: 'esm', write: false, outdir: '/', metafile: true });
  const owners = new Map<string, string>();
  for (const { entryPoint = '', exports } of Object.values(metafile.outputs))
    for (const exported of exports) {
      const owner = owners.get(exported);
      if (exported === 'default' || owner !== undefined)
        throw new Error(`${name}.cjs cannot be made: ${exported} is exported by ${entryPoint}${owner ? ` and by ${owner}` : ''}`);
      owners.set(exported, entryPoint);
    }
  return [...modules].map((file) => `export * from ${JSON.stringify(file)};`).join('\n');
}
