import { readdirSync, readFileSync } from 'node:fs';
import { attachCompose } from '../../../../sidecars/attach/compose/attach.ts';

/** A compose file, and what it has to become. */
export interface Golden {
  readonly name: string;
  /** Its folder, with `compose.yaml` and `compose.sidekick.yaml`. */
  readonly folder: URL;
  readonly before: string;
}

/** The folder of all of them. */
const all = new URL('golden/', import.meta.url);

/** All that there are, by name. */
export function goldens(): Golden[] {
  return readdirSync(all)
    .sort()
    .map((name) => {
      const folder = new URL(`${name}/`, all);
      return { name, folder, before: readFileSync(new URL('compose.yaml', folder), 'utf8') };
    });
}

/** What it becomes. The tag is a fixed one, so that no release changes them. */
export function attached(text: string): string {
  return attachCompose(text, {
    file: 'compose.yaml',
    images: undefined,
    tag: text.includes('tag:') ? undefined : '0.1.0',
    build: undefined,
  }).text;
}
