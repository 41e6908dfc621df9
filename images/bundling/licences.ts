import { globSync, readFileSync } from 'node:fs';

/** The folders of the npm packages that bundled files came from, sorted. */
export function packagesOf(files: readonly string[]): string[] {
  const folders = files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []);
  return [...new Set(folders)].sort();
}

/** Names and versions of npm packages, each above the text of its licence; those that have the same text stand together. */
export function licences(folders: readonly string[]): string {
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
