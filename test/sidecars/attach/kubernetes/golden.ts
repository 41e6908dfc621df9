import { readdirSync, readFileSync } from 'node:fs';
import type { Attached } from '../../../../sidecars/attach/attached.ts';
import { attachKubernetes } from '../../../../sidecars/attach/kubernetes/attach.ts';

/** A manifest, and what it has to become. */
export interface Golden {
  readonly name: string;
  /** Its folder, with `kubernetes.yaml` and `kubernetes.sidekick.yaml`. */
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
      return { name, folder, before: readFileSync(new URL('kubernetes.yaml', folder), 'utf8') };
    });
}

/** What a manifest becomes. */
export function attached(text: string): string {
  return attachment(text).text;
}

/** What a manifest becomes, and what is told of that. The tag is a fixed one, so that no release changes it. */
export function attachment(text: string): Attached {
  return attachKubernetes(text, { file: 'kubernetes.yaml', images: undefined, tag: '0.1.0', build: undefined });
}
