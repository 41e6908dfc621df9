import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Endpoint } from './endpoint.ts';
import type { Equipment } from './equipment.ts';
import type { Setting } from './settings.ts';

/** Where backups go; what is there is of one peer alone. */
export type Store =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 's3'; readonly endpoint: Endpoint; readonly bucket: string; readonly prefix: string };

/** An empty store under a name that no other one has. @throws Error where the setting needs what is not there. */
export function newStore({ stage, bucket }: Equipment, setting: Setting, name: string): Store {
  if (setting.store === 'folder') return { kind: 'folder', path: stage.newFolder(join(name, 'store')) };
  if (bucket === undefined) throw new Error(`${name} needs S3`);
  return { kind: 's3', endpoint: bucket.endpoint, bucket: bucket.name, prefix: name };
}

/** How many bytes are in a store. @throws Error */
export function storedIn(store: Store, { bucket }: Equipment): number {
  if (store.kind === 's3') return bucket?.size(store.prefix) ?? Number.NaN;
  const entries = readdirSync(store.path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

/** Removes all that was stored, and what lies beside it under the same name. @throws Error */
export function clearStore(store: Store, { stage, bucket }: Equipment, name: string): void {
  rmSync(join(stage.folder, name), { recursive: true, force: true });
  if (store.kind === 's3') bucket?.empty(store.prefix);
}
