import { isMap, isScalar, type Node } from 'yaml';
import { nearest } from '#shared/config/nearest.ts';
import { type Entry, entriesOf, isEmpty, kindOf, resolved, strangeTag } from './entries.ts';
import { readWish } from './read-wish.ts';
import { sidecars } from './sidecars.ts';
import { Spot, type Where } from './where.ts';
import type { Problem, SidecarName, Wish } from './wish.ts';

/**
 * Reads what a person wants beside a container, and has each sidecar's own table check it. Everything that is wrong is added to `problems`,
 * each at its place; what is returned is good only where nothing was added.
 * @param node what stands under `x-sidekick`
 */
export function readWishes(node: unknown, where: Where, problems: Problem[]): Wish[] {
  const found: Problem[] = [];
  const wishes = readAll(resolved(node, where.document), where, found);
  problems.push(...found.sort((a, b) => a.place.line - b.place.line || a.place.column - b.place.column));
  return wishes;
}

function readAll(root: Node | undefined, where: Where, problems: Problem[]): Wish[] {
  const spot = new Spot(where, where.path, root, problems);
  const tag = strangeTag(root);
  if (tag !== undefined) spot.is(`has the tag ${tag}, which means nothing here; leave it out`);
  else if (isMap(root)) return entriesOf(root, where.document).flatMap((entry) => readEntry(entry, spot) ?? []);
  else if (!isEmpty(root)) spot.is(`is ${kindOf(root)}; write a mapping of sidecars: ${Object.keys(sidecars).join(', ')}`);
  return [];
}

function readEntry({ name, key, value }: Entry, spot: Spot): Wish | undefined {
  if (name === undefined) return void spot.within('', key).is('has a key that is no text; write the name of a sidecar');
  const place = spot.within(`.${name}`, key);
  if (!isSidecar(name)) {
    const near = nearest(name, Object.keys(sidecars));
    return void place.is(`is no sidecar; ${near ? `did you mean ${near}?` : `there are ${Object.keys(sidecars).join(', ')}`}`);
  }
  const tag = strangeTag(value);
  if (tag !== undefined) return void place.is(`has the tag ${tag}, which means nothing here; leave it out`);
  if (isMap(value)) return readWish(name, entriesOf(value, spot.where.document), place);
  if (isEmpty(value) || isWord(value, true)) return readWish(name, [], place);
  if (!isWord(value, false))
    place.is(`is ${kindOf(value)}; write a mapping of its options, {} for none, or false for no ${name}`);
  return undefined;
}

function isSidecar(name: string): name is SidecarName {
  return Object.hasOwn(sidecars, name);
}

function isWord(node: Node | undefined, word: boolean): boolean {
  return isScalar(node) && node.value === word;
}
