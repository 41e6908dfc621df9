import type { Where } from './where.ts';

/**
 * Whether a text is known before the engine runs. Compose fills in `${NAME}` and `$NAME`, and takes `$$` for a dollar; Kubernetes does
 * nothing of the sort.
 */
export function isKnown(text: string, { overKey }: Pick<Where, 'overKey'>): boolean {
  return overKey === 'container' || !/\$(\{|[A-Za-z_])/.test(text.replaceAll('$$', ''));
}

/** A text that is known, as the sidecar gets it. */
export function literal(text: string, { overKey }: Pick<Where, 'overKey'>): string {
  return overKey === 'container' ? text : text.replaceAll('$$', () => '$');
}
