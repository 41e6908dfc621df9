import { isEntries } from '../manifest/pod.ts';

/** The key by which the items of a list are the same, for lists that Kubernetes itself merges. */
const keyOfList: Readonly<Record<string, string>> = {
  env: 'name',
  ports: 'containerPort',
  volumeMounts: 'mountPath',
  volumeDevices: 'devicePath',
};

/**
 * Lays keys of a container over those that are generated, as a strategic merge patch does: maps are merged, and lists whose items have a key;
 * everything else is replaced.
 */
export function laidOver(
  below: Readonly<Record<string, unknown>>,
  over: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const result: Record<string, unknown> = { ...below };
  for (const [name, value] of Object.entries(over)) result[name] = merged(name, below[name], value);
  return result;
}

function merged(name: string, below: unknown, over: unknown): unknown {
  if (isEntries(below) && isEntries(over)) return laidOver(below, over);
  const key = keyOfList[name];
  if (key === undefined || !Array.isArray(below) || !Array.isArray(over)) return over;
  const keyed = (item: unknown) => (isEntries(item) ? item[key] : undefined);
  const kept = below.map((item) => over.find((candidate) => keyed(candidate) === keyed(item)) ?? item);
  return [...kept, ...over.filter((item) => !below.some((candidate) => keyed(candidate) === keyed(item)))];
}
