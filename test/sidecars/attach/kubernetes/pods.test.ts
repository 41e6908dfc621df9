import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { readByKubectl } from '#harness/kubectl.ts';
import { needs } from '#harness/needs.ts';
import { goldens } from './golden.ts';

// what a cluster would refuse, and the types of Kubernetes do not know of

for (const { name, folder } of goldens()) {
  const text = readFileSync(new URL('kubernetes.sidekick.yaml', folder), 'utf8');
  const documents = parseAllDocuments(text).map((document) => document.toJS() as Readonly<Record<string, unknown>>);

  test(`golden ${name}: names in a pod are there, and are there once`, () => {
    for (const { pod, claims } of documents.flatMap((document) => podsIn(document, []))) {
      const containers = [...pod.containers, ...(pod.initContainers ?? [])];
      const volumes = [...(pod.volumes ?? []).map((volume) => volume.name), ...claims];
      demandDistinct(containers.map((container) => container.name));
      demandDistinct(volumes);
      demandDistinct((pod.hostAliases ?? []).map(({ ip }) => ip));
      demandDistinct(containers.flatMap(({ ports = [] }) => ports.map(({ containerPort }) => containerPort)));
      for (const { ports = [], env = [], volumeMounts = [], ...container } of containers) {
        demandDistinct(env.map((variable) => variable.name));
        demandDistinct(volumeMounts.map(({ mountPath }) => mountPath));
        for (const mount of volumeMounts) assert.ok(volumes.includes(mount.name), mount.name);
        for (const probe of [container.startupProbe, container.livenessProbe, container.readinessProbe]) {
          const asked = probe?.httpGet?.port;
          assert.ok(asked === undefined || ports.some((port) => port.name === asked));
        }
        for (const { name: port = 'web' } of ports) assert.match(port, /^[a-z][a-z0-9-]{0,14}$/);
      }
      for (const volume of volumes) assert.match(volume, /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
    }
  });

  test(`golden ${name}: kubectl reads what is meant`, needs('kubectl'), async () => {
    const meant = documents.filter((document) => podsIn(document, []).length > 0);
    const read = await readByKubectl(text);
    assert.equal(read.length, meant.length);
    for (const [index, document] of meant.entries()) assert.partialDeepStrictEqual(read[index], otherImages(document));
  });
}

interface Probe {
  readonly httpGet?: { readonly port: string };
}

interface Container {
  readonly name: string;
  readonly env?: readonly { readonly name: string }[];
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
  readonly startupProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
}

interface Pod {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly { readonly name: string }[];
  readonly hostAliases?: readonly { readonly ip: string }[];
}

/** The specs of pods in a value, with the names of the claims that each pod has. */
function podsIn(value: unknown, claims: readonly string[]): { pod: Pod; claims: readonly string[] }[] {
  if (typeof value !== 'object' || value === null) return [];
  if ('containers' in value) return [{ pod: value as Pod, claims }];
  const { volumeClaimTemplates = [] } = value as { volumeClaimTemplates?: readonly { metadata: { name: string } }[] };
  return Object.values(value).flatMap((inner) =>
    podsIn(inner, [...claims, ...volumeClaimTemplates.map(({ metadata }) => metadata.name)]),
  );
}

/** The value as {@link readByKubectl} has it, but for what is left out because it is empty. */
function otherImages(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(otherImages);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== null && !(Array.isArray(inner) && inner.length === 0));
  return Object.fromEntries(entries.map(([key, inner]) => [key, key === 'image' ? 'other' : otherImages(inner)]));
}

function demandDistinct(names: readonly unknown[]): void {
  assert.deepEqual([...new Set(names)], names);
}
