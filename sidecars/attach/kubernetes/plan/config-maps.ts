import type { Problem, Wish } from '../../wish/wish.ts';
import type { YamlText } from '../../yaml/yaml-text.ts';
import { keys } from '../manifest/annotation.ts';
import { isEntries } from '../manifest/pod.ts';
import type { Plan } from './plan.ts';

/** Finds documents with routes that would be called as others of the file are. */
export function findTwins(
  yaml: YamlText,
  planned: readonly { readonly plan: Plan; readonly wishes: readonly Wish[] }[],
  problems: Problem[],
): void {
  const taken = new Set(yaml.documents.flatMap((document) => idOf(document.toJS()) ?? []));
  for (const { plan, wishes } of planned) {
    const ambassador = wishes.find(({ sidecar }) => sidecar === 'ambassador');
    if (plan.configMap === undefined || ambassador === undefined) continue;
    const id = `${plan.configMap.namespace ?? ''}/${plan.configMap.name}`;
    const text = `${keys.wish}.ambassador makes a ConfigMap ${plan.configMap.name}, of which there is one already; rename that`;
    if (taken.has(id)) problems.push({ place: ambassador.place, text });
    taken.add(id);
  }
}

function idOf(document: unknown): string | undefined {
  if (!isEntries(document) || document.kind !== 'ConfigMap' || !isEntries(document.metadata)) return undefined;
  return `${document.metadata.namespace ?? ''}/${document.metadata.name}`;
}
