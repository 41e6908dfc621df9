import type { Window } from '../load/window.ts';
import type { Measure } from './job.ts';

/** Whether the proxy was what is slow, and whether it was let alone. */
export function coreMeasures(key: string): Measure[] {
  return [
    { key: `${key}Busy`, title: '  proxy busy, %', digits: 0, aside: true },
    { key: `${key}Others`, title: '  others on its core, %', digits: 0, aside: true },
  ];
}

export function coreValues(key: string, { seconds, cpu, others }: Window): Record<string, number> {
  return { [`${key}Busy`]: (cpu / seconds) * 100, [`${key}Others`]: (others / seconds) * 100 };
}
