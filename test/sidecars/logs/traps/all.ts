import { amounts } from './amounts.ts';
import { lines } from './lines.ts';
import { restarts } from './restarts.ts';
import { rotations } from './rotations.ts';
import { sinks } from './sinks.ts';
import type { Trap } from './trap.ts';

/** All traps: those that have a number in its order, then the others. */
export const traps: readonly Trap[] = [...rotations, ...restarts, ...sinks, ...lines, ...amounts].toSorted(
  (a, b) => (Number(a.name) || Number.POSITIVE_INFINITY) - (Number(b.name) || Number.POSITIVE_INFINITY) || 0,
);
