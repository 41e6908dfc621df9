import { parseAllDocuments } from 'yaml';

/** A container of a manifest that runs a sidecar, and what it is told. */
export interface SidecarContainer {
  readonly args: readonly string[];
  /** Without what it gets from elsewhere, such as the name of the pod. */
  readonly env: Readonly<Record<string, string>>;
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
}

/** All containers of a manifest, or of the blocks of YAML in a page, that run the image of a sidecar: `sidekick/backup`. */
export function sidecarsOf(text: string, image: string): SidecarContainer[] {
  const blocks = [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, block = '']) => block);
  const manifests = blocks.length > 0 ? blocks : [text];
  return manifests.flatMap((manifest) => parseAllDocuments(manifest)).flatMap((document) => within(document.toJS(), image));
}

function within(value: unknown, image: string): SidecarContainer[] {
  if (typeof value !== 'object' || value === null) return [];
  if (!('image' in value) || !String(value.image).startsWith(`${image}:`))
    return Object.values(value).flatMap((inner) => within(inner, image));
  const {
    args = [],
    env = [],
    ports = [],
  } = value as {
    args?: string[];
    env?: { name: string; value?: string }[];
    ports?: { name: string; containerPort: number }[];
  };
  const pairs = env.flatMap(({ name, value: text }) => (text === undefined ? [] : [[name, text]]));
  return [{ args, env: Object.fromEntries(pairs), ports }];
}
