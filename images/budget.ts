import { readFileSync } from 'node:fs';
import { imageNames } from './bake.ts';
import { imageSizes, type LayerSize } from './layers.ts';

/** The size of something that images/budget.json allows a number of bytes for. */
export interface Expense extends LayerSize {
  /** An image, or the bundle in it. */
  readonly what: string;
  readonly allowed: number;
}

/** Measures all images of a tag in the local Docker, and the bundles in them where the budget holds these apart. */
export async function expenses(tag: string): Promise<Expense[]> {
  const budget = JSON.parse(readFileSync(new URL('budget.json', import.meta.url), 'utf8'));
  const sizes = await imageSizes(imageNames.map((name) => `sidekick/${name}:${tag}`));
  return sizes.flatMap(({ image, whole, top }, index) => {
    const allowed = budget[imageNames[index] ?? ''];
    const bundle = allowed.bundle === undefined ? [] : [{ what: `the bundle in ${image}`, ...top, allowed: allowed.bundle }];
    return [{ what: image, ...whole, allowed: allowed.whole }, ...bundle];
  });
}
