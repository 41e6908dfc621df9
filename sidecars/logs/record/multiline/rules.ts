import { go } from './go.ts';
import { indent } from './indent.ts';
import { java } from './java.ts';
import type { Joiner } from './joiner.ts';
import type { Multiline } from './mode.ts';
import { node } from './node.ts';
import { python } from './python.ts';
import { regex } from './regex.ts';

const rules = { indent, java, python, go, node };

/** Makes what tells the lines of one stream that are one record; undefined where each line is one. */
export function joinerOf(multiline: Multiline): (() => Joiner) | undefined {
  if (multiline.mode === 'off') return undefined;
  if (multiline.mode === 'regex') return () => regex(multiline.begins);
  return rules[multiline.mode];
}
