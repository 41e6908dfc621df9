// node images/bundle.ts SIDECAR OUT: what the image of a sidecar adds to the base, and the licences of what is in it:
//
//   OUT/sidekick/SIDECAR.cjs        its main.ts and all that it needs
//   OUT/sidekick/worker.cjs, …      where it has threads of its own, whose files are called worker.ts or SOMETHING-worker.ts
//   OUT/sidekick/pg.cjs, …          large libraries, and parts of its own that most of its lives do without: each loaded where it is used
//   OUT/sidekick/ONE+OTHER.cjs, …   what two or more of these files need, at once or later
//
// node images/bundle.ts base OUT: what they all need, and what is in the base:
//
//   OUT/sidekick/linux.cjs     the calls of Linux; a thread of a sidecar's own needs nothing else of it
//   OUT/sidekick/shared.cjs    settings, log, health, admin server, and what is under them
//   OUT/sidekick/place.cjs     settings of S3,
//   OUT/sidekick/bucket.cjs    how most of them use it,
//   OUT/sidekick/s3.cjs        and the library under it
import { existsSync, globSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import { licences, packagesOf } from './bundling/licences.ts';
import { exportsOf, fetching, type Part } from './bundling/part.ts';
import { type Imports, sharedParts } from './bundling/sharing.ts';

/** What the sidecars are built on, in the base. None may need one that stands behind it. */
const baseParts = [
  partOf('linux', 'shared/linux/*.ts'),
  partOf('shared', 'shared/{*,config/*}.ts'),
  // what settings of S3 need, at every start, and what is needed once it is used
  partOf('place', 'shared/s3/{settings,place,failure}.ts'),
  partOf('bucket', 'shared/s3/!(settings|place|failure|sdk).ts'),
];

/**
 * What is loaded by `await import()` where it is used: files of their own. A megabyte of code that nobody asks for costs 15 MB of private memory, as
 * V8 parses all of a file.
 */
const apart: Readonly<Record<string, string>> = {
  s3: 'shared/s3/sdk.ts',
  age: 'sidecars/backup/encryption/library.ts',
  pg: 'sidecars/backup/databases/postgres/library.ts',
  undici: 'sidecars/logs/sinks/pool.ts',
  capture: 'sidecars/netprobe/capture/capture.ts',
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

/** Leaves to their own files what is loaded where it is used. */
const leavingApart: Plugin = {
  name: 'apart',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^\./ }, ({ kind, resolveDir, path }) => {
      const file = resolve(resolveDir, path);
      const [name] = Object.entries(apart).find(([, each]) => resolve(each) === file) ?? [];
      if (name === undefined || kind === 'entry-point') return undefined;
      if (kind !== 'dynamic-import') return { errors: [{ text: `${file} is a file of its own: load it by await import()` }] };
      return { path: `./${name}.cjs`, external: true };
    });
  },
};

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
  const parts = baseParts.map((part, index) => bundlePart(part, baseParts.slice(0, index)));
  return Promise.all([...parts, bundleFiles(apartIn('shared'), baseParts)]);
}

async function bundleSidecar(sidecar: string): Promise<Metafile[]> {
  const folder = `sidecars/${sidecar}`;
  const threads = globSync(`${folder}/**/{worker,*-worker}.ts`).map((file) => [basename(file, '.ts'), resolve(file)] as const);
  const files = new Map([[sidecar, resolve(folder, 'main.ts')], ...threads, ...apartIn(folder)]);
  const parts = sharedParts(files, await importsOf(files));
  const all = [...baseParts, ...parts];
  return Promise.all([
    ...parts.map((part) =>
      bundlePart(
        part,
        all.filter((other) => other !== part),
      ),
    ),
    bundleFiles(files, all),
  ]);
}

/** What is loaded where it is used and stands in a folder, by its name. */
function apartIn(folder: string): Map<string, string> {
  const files = Object.entries(apart).filter(([, file]) => file.startsWith(`${folder}/`));
  return new Map(files.map(([name, file]) => [name, resolve(file)]));
}

async function bundlePart(part: Part, parts: readonly Part[]): Promise<Metafile> {
  const stdin = { contents: await exportsOf(part), resolveDir: '.', sourcefile: part.name };
  const { outdir, ...rest } = options;
  const built = await build({ ...rest, stdin, outfile: `${outdir}/${part.name}.cjs`, plugins: [leavingApart, fetching(parts)] });
  return built.metafile;
}

async function bundleFiles(files: ReadonlyMap<string, string>, parts: readonly Part[]): Promise<Metafile> {
  const entryPoints = [...files].map(([name, file]) => ({ in: file, out: name }));
  return (await build({ ...options, entryPoints, plugins: [leavingApart, fetching(parts)] })).metafile;
}

/** What files and all that they need import, beside the base and what is loaded where it is used. Packages are left out: where two files need one, each has its own. */
async function importsOf(files: ReadonlyMap<string, string>): Promise<Imports> {
  const plugins = [leavingApart, fetching(baseParts)];
  const { metafile } = await build({ ...options, entryPoints: [...files.values()], write: false, plugins });
  const own = Object.entries(metafile.inputs).filter(([file]) => !file.includes('node_modules'));
  return new Map(
    own.map(([file, { imports }]) => {
      const internal = imports.filter(({ external, path }) => external !== true && !path.includes('node_modules'));
      return [resolve(file), internal.map(({ path, kind }) => ({ module: resolve(path), isLater: kind === 'dynamic-import' }))];
    }),
  );
}
