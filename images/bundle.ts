// node images/bundle.ts SIDECAR OUT: what the image of a sidecar adds to the base, and the licences of what is in it:
//
//   OUT/sidekick/SIDECAR.cjs   its main.ts and all that it needs
//   OUT/sidekick/worker.cjs    where it has a thread of its own, whose file is called worker.ts
//   OUT/sidekick/common.cjs    what both of them need
//   OUT/sidekick/s3.cjs, …     large libraries, each loaded where it is used
//
// node images/bundle.ts base OUT: what they all need, and what is in the base:
//
//   OUT/sidekick/linux.cjs     the calls of Linux; a thread of a sidecar's own needs nothing else of it
//   OUT/sidekick/shared.cjs    settings, log, health, admin server, and what is under them
import { existsSync, globSync, mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import { licences, packagesOf } from './bundling/licences.ts';
import { exportsOf, fetching, type Part } from './bundling/part.ts';

/** What every sidecar is built on. The S3 client is not in it: not all have one, and it is large. */
const linux = partOf('linux', 'shared/linux/*.ts');
const shared = partOf('shared', 'shared/{*,config/*}.ts');

/**
 * What names large libraries, and is loaded by `await import()` where they are used: files of their own. A megabyte of code that nobody asks for
 * costs 15 MB of private memory, as V8 parses all of a file.
 */
const libraries: Readonly<Record<string, string>> = {
  s3: 'shared/s3/sdk.ts',
  age: 'sidecars/backup/encryption/library.ts',
  pg: 'sidecars/backup/databases/postgres/library.ts',
  undici: 'sidecars/logs/sinks/pool.ts',
};

const [target, out] = process.argv.slice(2);
if (target === undefined || out === undefined || (target !== 'base' && !existsSync(`sidecars/${target}/main.ts`))) {
  console.error(
    'usage, in the root of the repository: node images/bundle.ts SIDECAR|base OUT, where sidecars/SIDECAR/main.ts exists',
  );
  process.exit(64);
}

// cjs starts 30 ms sooner than ESM and in 5.5 MB less; `await import(…)` of a library becomes code that runs at that moment
const options = {
  outdir: `${out}/sidekick`,
  outExtension: { '.js': '.cjs' },
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node26',
  format: 'cjs',
  legalComments: 'none',
  // a `require` of its own instead of the loader of ESM
  supported: { 'dynamic-import': false },
  // where a file looks for its neighbour
  define: { 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' },
  alias: {
    // pino's own writers and its redaction: our log has a stream of its own (shared/log.ts); 9 kB gzipped.
    // bowser tells browsers apart by their names; 8 kB. pg's pool, and what it reads URLs and password files with, which we do
    // ourselves; 4 kB
    ...Object.fromEntries(
      ['thread-stream', 'sonic-boom', '@pinojs/redact', 'bowser', 'pg-pool', 'pg-connection-string', 'pgpass'].map((name) => [
        name,
        './images/absent.cjs',
      ]),
    ),
    // its build for browsers differs in how it is written alone, and leaves out what nobody asks for; 5 kB
    yaml: './node_modules/yaml/browser/index.js',
    // the post-quantum part of age brings older ones of its own, which do the same; 12 kB
    ...Object.fromEntries(['@noble/curves', '@noble/hashes'].map((name) => [name, `./node_modules/${name}`])),
  },
  // undici has its HTTP parser four times, each a WebAssembly in base64, and loads the one of llhttp with SIMD wherever V8 has
  // SIMD, as on amd64 and arm64; without the other three it is a third smaller
  external: ['../milo/*', '../llhttp/llhttp-wasm.js'],
  metafile: true,
  logLevel: 'warning',
  logOverride: { 'empty-import-meta': 'error' },
} satisfies BuildOptions;

const made = target === 'base' ? await bundleBase() : await bundleSidecar(target);
const packages = packagesOf(made.flatMap(({ inputs }) => Object.keys(inputs)));
if (packages.length > 0) {
  const doc = `${out}/usr/share/doc/sidekick-${target}`;
  mkdirSync(doc, { recursive: true });
  writeFileSync(`${doc}/copyright`, licences(packages));
}

function partOf(name: string, files: string): Part {
  return {
    name,
    modules: new Set(
      globSync(files)
        .sort()
        .map((file) => resolve(file)),
    ),
  };
}

async function bundleBase(): Promise<Metafile[]> {
  // neither may need what needs it
  return [await bundlePart(linux, []), await bundlePart(shared, [linux])];
}

async function bundleSidecar(sidecar: string): Promise<Metafile[]> {
  const main = { in: `sidecars/${sidecar}/main.ts`, out: sidecar };
  const [worker] = globSync(`sidecars/${sidecar}/**/worker.ts`).map((file) => ({ in: file, out: 'worker' }));
  const { plugin, used } = librariesApart();
  const files: Metafile[] = [];
  const parts = [linux, shared];
  if (worker !== undefined) {
    const common = { name: 'common', modules: await inBoth(main.in, worker.in) };
    files.push(await bundlePart(common, parts));
    parts.push(common);
  }
  const entryPoints = worker === undefined ? [main] : [main, worker];
  const { metafile } = await build({ ...options, entryPoints, plugins: [plugin, fetching(parts)] });
  const chosen = Object.entries(libraries).flatMap(([name, file]) => (used.has(name) ? [{ in: file, out: name }] : []));
  const others = await build({ ...options, entryPoints: chosen });
  return [...files, metafile, others.metafile];
}

async function bundlePart(part: Part, parts: readonly Part[]): Promise<Metafile> {
  const stdin = { contents: await exportsOf(part), resolveDir: '.', sourcefile: part.name };
  const { outdir, ...rest } = options;
  const built = await build({ ...rest, stdin, outfile: `${outdir}/${part.name}.cjs`, plugins: [fetching(parts)] });
  return built.metafile;
}

/** The modules that two of them need, beside those of the base. */
async function inBoth(...entries: readonly [string, string]): Promise<ReadonlySet<string>> {
  const plugins = [librariesApart().plugin, fetching([linux, shared])];
  const inputs = entries.map(async (entry) => {
    const { metafile } = await build({ ...options, entryPoints: [entry], write: false, plugins });
    return new Set(Object.keys(metafile.inputs).map((file) => resolve(file)));
  });
  const [one, other] = await Promise.all(inputs);
  return one === undefined || other === undefined ? new Set() : one.intersection(other);
}

/** Leaves large libraries to their own files, and tells which ones were asked for. */
function librariesApart(): { readonly plugin: Plugin; readonly used: ReadonlySet<string> } {
  const used = new Set<string>();
  const plugin: Plugin = {
    name: 'libraries',
    setup: ({ onResolve }) => {
      onResolve({ filter: /^\./ }, ({ kind, resolveDir, path }) => {
        const [name] = Object.entries(libraries).find(([, file]) => resolve(file) === resolve(resolveDir, path)) ?? [];
        if (kind !== 'dynamic-import' || name === undefined) return undefined;
        used.add(name);
        return { path: `./${name}.cjs`, external: true };
      });
    },
  };
  return { plugin, used };
}
