// node images/bundle.ts SIDECAR OUT: one sidecar as one file, OUT/sidekick/SIDECAR.cjs, and the licences of what is in it;
// beside it worker.cjs, where the sidecar has a thread of its own, whose file is called worker.ts, and each of the `libraries` that it uses.
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';

/**
 * What names large libraries, and is loaded by `await import()` where they are used: files of their own. A megabyte of code that nobody asks for
 * costs 15 MB of private memory, as V8 parses all of a file.
 */
const libraries: Readonly<Record<string, string>> = { s3: 'shared/s3/sdk.ts', age: 'sidecars/backup/encryption/library.ts' };

const [sidecar, out] = process.argv.slice(2);
if (sidecar === undefined || out === undefined || !existsSync(`sidecars/${sidecar}/main.ts`)) {
  console.error('usage, in the root of the repository: node images/bundle.ts SIDECAR OUT, where sidecars/SIDECAR/main.ts exists');
  process.exit(64);
}

const used = new Set<string>();
const apart: Plugin = {
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
    // pino's own writers and its redaction: our log has a stream of its own (shared/log.ts); 9 kB gzipped in each image.
    // bowser tells browsers apart by their names; 8 kB
    ...Object.fromEntries(
      ['thread-stream', 'sonic-boom', '@pinojs/redact', 'bowser'].map((name) => [name, './images/absent.cjs']),
    ),
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
const own = await build({
  ...options,
  entryPoints: [
    { in: `sidecars/${sidecar}/main.ts`, out: sidecar },
    ...globSync(`sidecars/${sidecar}/**/worker.ts`).map((file) => ({ in: file, out: 'worker' })),
  ],
  plugins: [apart],
});
const others = await build({
  ...options,
  entryPoints: Object.entries(libraries).flatMap(([name, file]) => (used.has(name) ? [{ in: file, out: name }] : [])),
});

const doc = `${out}/usr/share/doc/sidekick-${sidecar}`;
mkdirSync(doc, { recursive: true });
writeFileSync(`${doc}/copyright`, licences(librariesOf([own, others].flatMap(({ metafile }) => Object.keys(metafile.inputs)))));

/** The folders of the npm packages that bundled files came from, sorted. */
function librariesOf(files: readonly string[]): string[] {
  const folders = files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []);
  return [...new Set(folders)].sort();
}

/** Names and versions of npm packages, each above the text of its licence; those that have the same text stand together. */
function licences(folders: readonly string[]): string {
  const byText = new Map<string, string[]>();
  for (const folder of folders) {
    const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
    const files = globSync('{LICENSE,LICENCE,license,licence}*', { cwd: folder }).sort();
    const text = files.map((file) => readFileSync(`${folder}/${file}`, 'utf8').trim()).join('\n');
    const title = `${name} ${version} (${license})`;
    byText.set(text, [...(byText.get(text) ?? []), title]);
  }
  return [...byText].map(([text, titles]) => [...titles, text].join('\n')).join('\n\n');
}
