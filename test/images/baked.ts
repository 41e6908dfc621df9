import { has } from '#harness/needs.ts';
import { bake, type imageNames } from '../../images/bake.ts';

/**
 * Builds the images as the sources are now, under a tag that is left alone by everything else that builds images on this
 * machine. Does nothing where there is no Docker: the tests are skipped then.
 */
export async function bakeForTests(): Promise<void> {
  if (has('docker')) await bake({ variables: { TAG: 'test' }, output: 'pipe' });
}

/** The name of an image of `bakeForTests`. */
export function testImage(name: (typeof imageNames)[number]): string {
  return `sidekick/${name}:test`;
}
