import { isMap, isScalar, type Node } from 'yaml';
import { nearest } from '#shared/config/nearest.ts';
import { byDefault, type How } from '../attached.ts';
import { entriesOf } from '../wish/entries.ts';
import { Spot, type Where } from '../wish/where.ts';
import type { Problem } from '../wish/wish.ts';

/** Which images the sidecars of a file are of. */
export interface Images {
  /** What goes before the name of an image: `sidekick/`. */
  readonly prefix: string;
  readonly tag: string;
  /** The root of a clone of Sidekick, from which compose builds them. */
  readonly build: string | undefined;
}

const known = ['images', 'tag', 'build'];

/** Reads `x-sidekick: { images: …, tag: …, build: … }` of the top level; flags go before it. What is wrong is added to `problems`. */
export function readFileWide(node: Node | undefined, how: How, where: Where, problems: Problem[]): Images {
  const root = new Spot(where, where.path, node, problems);
  const texts = new Map<string, string>();
  if (node !== undefined && !isMap(node) && !(isScalar(node) && node.value === null))
    root.is('is no mapping; write { images: sidekick/, tag: 0.1.0 }');
  for (const { name = '', key, value } of isMap(node) ? entriesOf(node, where.document) : []) {
    const near = nearest(name, known);
    if (!known.includes(name))
      root
        .within(`.${name}`, key)
        .is(`is nothing that holds for the whole file; ${near ? `did you mean ${near}?` : `there are ${known.join(', ')}`}`);
    else if (!isScalar(value) || value.value === null) root.within(`.${name}`, value ?? key).is('is no text');
    // as it is written: 1.10 is a tag and no number
    else texts.set(name, value.source ?? String(value.value));
  }
  return {
    prefix: how.images ?? texts.get('images') ?? byDefault.images,
    tag: how.tag ?? texts.get('tag') ?? byDefault.tag,
    build: how.build ?? texts.get('build'),
  };
}

/** What a service is made of. */
export function imageKeys({ prefix, tag, build }: Images, sidecar: string): Record<string, unknown> {
  const image = `${prefix}${sidecar}:${tag}`;
  if (build === undefined) return { image };
  return {
    image,
    build: { context: build, dockerfile: 'images/Dockerfile', target: sidecar, args: { VERSION: tag, SOURCE_DATE_EPOCH: 0 } },
  };
}
