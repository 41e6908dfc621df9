import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { type Manifest, wrongIn } from '#harness/kubectl.ts';
import { needs } from '#harness/needs.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

const examples = globSync('compose-examples/**/kubernetes*.yaml', { cwd: root }).sort();
const goldens = globSync('test/sidecars/attach/kubernetes/golden/*/kubernetes.sidekick.yaml', { cwd: root }).sort();

for (const file of [...examples, ...goldens])
  test(`no key of ${file} is lost on Kubernetes`, needs('kubectl'), async () => {
    const documents = documentsOf(readFileSync(root + file, 'utf8'));
    assert.notEqual(documents.length, 0);
    for (const document of documents) assert.deepEqual(await wrongIn(document), [], document.kind);
  });

test('no key of docs/how-to/kubernetes.md is lost on Kubernetes', needs('kubectl'), async () => {
  const blocks = [...readFileSync(`${root}docs/how-to/kubernetes.md`, 'utf8').matchAll(/^```yaml\n(.*?)^```$/gms)];
  assert.ok(blocks.length >= 4);
  for (const [, block = ''] of blocks)
    for (const document of documentsOf(block)) assert.deepEqual(await wrongIn(document), [], block);
});

test('what is misspelt or of another type is found', needs('kubectl'), async () => {
  const container = { name: 'web', image: 'my-app' };
  const pod = (more: object) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web' },
    spec: { containers: [container], ...more },
  });
  assert.deepEqual(await wrongIn(pod({ enableServiceLinks: false })), []);
  assert.deepEqual(await wrongIn(pod({ enableServiceLink: false })), ['spec.enableServiceLink']);
  assert.deepEqual(await wrongIn(pod({ initContainers: [{ ...container, restartPolicy: 'Always', volumemounts: [] }] })), [
    'spec.initContainers.0.volumemounts',
  ]);
  const [type = ''] = await wrongIn(pod({ terminationGracePeriodSeconds: 'soon' }));
  assert.match(type, /cannot unmarshal string into .*terminationGracePeriodSeconds/);

  const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec: { template: pod({}) } };
  assert.deepEqual(await wrongIn(deployment), ['spec.template.apiVersion', 'spec.template.kind']);

  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: { selector: { app: 'web' } } };
  assert.deepEqual(await wrongIn(service), []);
  assert.deepEqual(await wrongIn({ ...service, spec: { ...service.spec, clusterIp: 'None' } }), ['spec.clusterIp']);

  const claim = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'web' },
    spec: { accessModes: ['ReadWriteOnce'] },
  };
  assert.deepEqual(await wrongIn(claim), []);
  assert.deepEqual(await wrongIn({ ...claim, spec: { accessMode: [] } }), ['spec.accessMode']);

  const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'web' }, data: { routes: '' } };
  assert.deepEqual(await wrongIn(map), []);
  assert.deepEqual(await wrongIn({ ...map, date: {} }), ['date']);
  assert.deepEqual(await wrongIn({ ...map, metadata: { name: 'web', label: {} } }), ['metadata.label']);
  const [number = ''] = await wrongIn({ ...map, data: { routes: 1 } });
  assert.match(number, /cannot unmarshal number into .*ConfigMap.data/);
});

/** The documents of a text; one without a kind is a part of a pod, and is put into one. */
function documentsOf(text: string): Manifest[] {
  return parseAllDocuments(text).map((document) => {
    assert.deepEqual(document.errors, []);
    const value = document.toJS() as Manifest | { readonly kind?: undefined };
    if (value.kind !== undefined) return value;
    const spec = { containers: [{ name: 'any', image: 'any' }], ...value };
    return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'any' }, spec };
  });
}
