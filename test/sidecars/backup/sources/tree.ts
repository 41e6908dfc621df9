import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Found, type WalkOptions, walk } from '../../../../sidecars/backup/sources/walk.ts';

/** Makes files with content; a name that ends with a slash is a folder. Names are below `folder`. */
export function makeTree(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    const path = `${folder}/${name}`;
    mkdirSync(name.endsWith('/') ? path : dirname(path), { recursive: true });
    if (!name.endsWith('/')) writeFileSync(path, content);
  }
}

/** A walk that was gone to its end. */
export interface Walked {
  readonly found: readonly Found[];
  /** The names below the folder, as latin1; the folder itself is `.`. */
  readonly names: readonly string[];
  readonly troubles: readonly string[];
  readonly sockets: readonly string[];
}

/** Walks over a folder, or over some sources below it. */
export function walkAll(
  folder: string,
  options: Omit<WalkOptions, 'onTrouble' | 'onSocket'> & { readonly sources?: readonly string[] } = {},
): Walked {
  const troubles: string[] = [];
  const sockets: string[] = [];
  const onTrouble = (path: Buffer, reason: string) => troubles.push(`${below(folder, path)} ${reason}`);
  const onSocket = (path: Buffer) => sockets.push(below(folder, path));
  const found = [...walk(options.sources ?? [folder], { ...options, onTrouble, onSocket })];
  return { found, names: found.map(({ path }) => below(folder, path)), troubles, sockets };
}

/** A path as the name that it has below a folder. */
export function below(folder: string, path: Buffer): string {
  const prefix = Buffer.from(folder).toString('latin1');
  const text = path.toString('latin1');
  if (text === prefix) return '.';
  return text.startsWith(`${prefix}/`) ? text.slice(prefix.length + 1) : text;
}
