import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { removeFromKubernetes } from '../../../../sidecars/attach/kubernetes/remove.ts';
import { sidecars } from '../../../../sidecars/attach/wish/sidecars.ts';
import type { SidecarName } from '../../../../sidecars/attach/wish/wish.ts';
import { attached, attachment, goldens } from './golden.ts';

/** What a manifest may look like beside its contents. */
const variants: Readonly<Record<string, (text: string) => string>> = {
  'as it is': (text) => text,
  'without a line end at its end': (text) => text.trimEnd(),
  'with the line ends of Windows': (text) => text.replaceAll('\n', '\r\n'),
  'with a byte order mark': (text) => `\ufeff${text}`,
  'after a document that is empty': (text) => `---\n---\n${text}`,
};

for (const { name, folder, before } of goldens()) {
  const after = readFileSync(new URL('kubernetes.sidekick.yaml', folder), 'utf8');

  test(`golden ${name}: it becomes what is written down`, () => {
    assert.equal(attached(before), after);
  });

  for (const [variant, change] of Object.entries(variants))
    test(`golden ${name}, ${variant}: attached twice it is the same as once, and removed it is as it was`, () => {
      const text = change(before);
      const once = attached(text);
      assert.equal(attached(once), once);
      assert.equal(removeFromKubernetes(once, 'kubernetes.yaml'), text);
      assert.equal(removeFromKubernetes(text, 'kubernetes.yaml'), text);
    });

  test(`golden ${name}: every sidecar reads its settings`, () => {
    const values = parseAllDocuments(after).map((document) => document.toJS() as Record<string, unknown>);
    for (const container of sidecarsIn(values)) {
      const env = Object.fromEntries((container.env ?? []).map(({ name: variable, value }) => [variable, value ?? 'of-the-pod']));
      for (const [variable, value] of Object.entries(env)) env[variable] = value.replaceAll('$(POD_NAMESPACE)', 'shop');
      const readFile = (path: string) => (path === '/etc/ambassador/routes' ? routesFor(container, values) : 'of-the-secret');
      const { problemsOf } = sidecars[sidecarOf(container)];
      assert.deepEqual(problemsOf({ argv: [], env, readFile }), [], container.name);
    }
  });
}

test('everything that is added is told, and why', () => {
  for (const { before } of goldens()) {
    const { text, changes } = attachment(before);
    const lines = parseAllDocuments(text)
      .flatMap((document) => recordsIn(document.toJS()))
      .join('')
      .split('\n');
    for (const line of lines.filter((each) => each !== '' && !each.startsWith('new '))) {
      const name = /\[([^\]]*)\]$/.exec(line)?.[1] ?? line;
      assert.ok(
        changes.some(({ what }) => what.includes(name)),
        line,
      );
    }
    for (const { what, why } of changes) assert.ok(what !== '' && why !== '');
  }
});

test('what a person adds below what was added stays when that is removed', () => {
  const manifest = goldens().find(({ name }) => name === 'jobs')?.before ?? '';
  const once = attached(manifest);
  const mine = '          - name: mine\n            emptyDir: {}\n';
  const at = once.lastIndexOf('          - name: logs-state\n');
  const removed = removeFromKubernetes(once.slice(0, at) + mine + once.slice(at), 'kubernetes.yaml');
  const line = '            image: my-report\n';
  assert.equal(removed, manifest.replace(line, `${line}          volumes:\n${mine}`));
});

/** All records of what was added, in any value. */
function recordsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const { 'sidekick/attached': record } = value as { 'sidekick/attached'?: string };
  return record === undefined ? Object.values(value).flatMap(recordsIn) : [record];
}

interface Container {
  readonly name: string;
  readonly image: string;
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
}

interface Spec {
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly { readonly name: string; readonly configMap?: { readonly name: string } }[];
}

/** The specs of pods in any value. */
function specsIn(value: unknown): Spec[] {
  if (typeof value !== 'object' || value === null) return [];
  return 'containers' in value ? [value as Spec] : Object.values(value).flatMap(specsIn);
}

function sidecarsIn(values: readonly unknown[]): Container[] {
  const found = specsIn(values).flatMap(({ initContainers = [] }) => initContainers);
  const own = found.filter(({ image }) => image.startsWith('sidekick/'));
  assert.notEqual(own.length, 0);
  return own;
}

function sidecarOf({ image }: Container): SidecarName {
  return /^sidekick\/([a-z]+):0\.1\.0$/.exec(image)?.[1] as SidecarName;
}

/** The routes that a container has mounted. */
function routesFor({ volumeMounts = [] }: Container, values: readonly Record<string, unknown>[]): string {
  const volume = volumeMounts.find(({ mountPath }) => mountPath === '/etc/ambassador')?.name;
  const names = specsIn(values).flatMap(({ volumes = [] }) => volumes.filter(({ name }) => name === volume));
  const maps = values.filter(({ metadata }) =>
    names.some(({ configMap }) => configMap?.name === (metadata as { name?: string })?.name),
  );
  const { routes = '' } = (maps.find(({ kind }) => kind === 'ConfigMap')?.data ?? {}) as { routes?: string };
  return routes;
}
