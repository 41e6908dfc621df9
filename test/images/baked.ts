import { has } from '#harness/needs.ts';
import { bake, type imageNames } from '../../images/bake.ts';

export type ImageName = (typeof imageNames)[number];

/** What the images for tests are tagged with. */
export const testTag = 'test';

/**
 * Builds the images as the sources are now, under a tag that is left alone by everything else that builds images on this
 * machine. Does nothing where there is no Docker: the tests are skipped then.
 */
export async function bakeForTests(): Promise<void> {
  if (has('docker')) await bake({ variables: { TAG: testTag }, output: 'pipe' });
}

/** The name of an image of `bakeForTests`. */
export function testImage(name: ImageName): string {
  return `sidekick/${name}:${testTag}`;
}
