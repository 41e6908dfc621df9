import type { Target } from './plan.ts';

/** How a kind of flood is named in results: `100 B, file`. */
export function settingOf(size: number, target: Target): string {
  return `${size} B, ${target}`;
}
