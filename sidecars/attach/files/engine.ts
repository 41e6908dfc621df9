import { isMap, parseAllDocuments } from 'yaml';

/** The engine that a file is for; undefined where neither shows. What is no YAML is for others to refuse. */
export function engineOf(text: string): 'compose' | 'kubernetes' | undefined {
  const documents = [parseAllDocuments(text, { logLevel: 'silent' })].flat();
  const has = (...keys: readonly string[]) =>
    documents.some((document) => 'contents' in document && isMap(document.contents) && keys.every((key) => document.has(key)));
  if (has('apiVersion', 'kind')) return 'kubernetes';
  return has('services') ? 'compose' : undefined;
}
