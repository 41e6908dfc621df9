import { YamlText } from '../yaml/yaml-text.ts';
import { ownLabel } from './edits/edits.ts';
import { Attachments } from './edits/record.ts';
import { keys } from './manifest/annotation.ts';
import { isEntries } from './manifest/pod.ts';
import { annotationPaths, specPath, valueAt } from './manifest/workload.ts';

/** Takes out what attach has added to a manifest, and leaves every other byte. @throws Refused */
export function removeFromKubernetes(text: string, file: string): string {
  const yaml = YamlText.parse(text, file);
  for (const [index, document] of yaml.documents.entries()) {
    const value: unknown = document.toJS();
    if (!isEntries(value)) continue;
    if (value.kind === 'ConfigMap' && valueAt(value, ['metadata', 'labels', ownLabel]) !== undefined) {
      yaml.deleteDocument(index);
      continue;
    }
    const spec = specPath(String(value.kind));
    if (spec === undefined) continue;
    for (const annotations of annotationPaths(String(value.kind))) {
      const record = valueAt(value, [...annotations, keys.record]);
      if (typeof record !== 'string') continue;
      for (const path of Attachments.read(record).pathsIn(valueAt(value, spec))) yaml.delete(index, [...spec, ...path]);
      yaml.delete(index, [...annotations, keys.record]);
    }
  }
  return yaml.toString();
}
