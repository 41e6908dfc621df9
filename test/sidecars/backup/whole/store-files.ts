import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeId } from '../../../../sidecars/backup/catalog/id.ts';
import type { Manifest } from '../../../../sidecars/backup/catalog/manifest.ts';

// A store in a folder as a test may change it, beside the sidecar.

/** Adds a copy of a backup that is so much older: with another id, and other times in its manifest. @returns its manifest. */
export function addOlder(store: string, manifest: Manifest, milliseconds: number): Manifest {
  const earlier = (time: string) => new Date(Date.parse(time) - milliseconds).toISOString();
  const { id, started, finished, verified } = manifest;
  const older = makeId(new Date(earlier(started)), id.slice(-6));
  const changed: Manifest = {
    ...(JSON.parse(JSON.stringify(manifest).replaceAll(id, older)) as Manifest),
    started: earlier(started),
    finished: earlier(finished),
    verified: verified && { ...verified, at: earlier(verified.at) },
  };
  for (const name of readdirSync(store))
    if (name.startsWith(id)) copyFileSync(join(store, name), join(store, name.replace(id, older)));
  writeFileSync(join(store, `${older}.json`), JSON.stringify(changed));
  return changed;
}

/** Makes a backup so much older as it is. @returns its manifest. */
export function makeOlder(store: string, manifest: Manifest, milliseconds: number): Manifest {
  const changed = addOlder(store, manifest, milliseconds);
  for (const name of readdirSync(store)) if (name.startsWith(manifest.id)) rmSync(join(store, name));
  return changed;
}

/** Cuts bytes off the end of a file. */
export function cut(path: string, bytes = 1): void {
  writeFileSync(path, readFileSync(path).subarray(0, -bytes));
}

/** Turns one bit of a file, in its middle. */
export function flip(path: string): void {
  const bytes = readFileSync(path);
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 0x10;
  writeFileSync(path, bytes);
}
