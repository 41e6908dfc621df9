import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAllDocuments, stringify } from 'yaml';
import { type Random, seeded } from '#harness/random.ts';
import { removeFromKubernetes } from '../../../../sidecars/attach/kubernetes/remove.ts';
import { attached } from './golden.ts';

test('whatever a manifest looks like: attached twice is the same as once, removed is as before, and the application is left alone', (t) => {
  const random = seeded(t);
  for (let round = 0; round < 12; round += 1) {
    const before = manifest(random);
    const after = attached(before);
    assert.equal(attached(after), after, before);
    assert.equal(removeFromKubernetes(after, 'kubernetes.yaml'), before, before);
    const [left, right] = [before, after].map((text) => parseAllDocuments(text).map((document) => document.toJS() as unknown));
    assert.partialDeepStrictEqual(right?.slice(0, left?.length).map(withoutOrder), left?.map(withoutOrder), before);
  }
});

/** A manifest of one or two workloads, written in one of many ways. */
function manifest(random: Random): string {
  const documents = Array.from({ length: 1 + random.below(2) }, (_, index) => workload(random, `app-${index}`));
  const indent = random.pick([2, 4]);
  const written = documents.map((document) =>
    stringify(document, { indent, indentSeq: random.pick([true, false]), flowCollectionPadding: random.pick([true, false]) }),
  );
  const decorated = written.map((text) =>
    text.replaceAll(/^( *)(spec|containers|volumes|- name):/gm, (line, space: string) => decoratedLine(random, line, space)),
  );
  const text = decorated.join(random.pick(['---\n', '\n---\n# the next\n', '...\n---\n']));
  const ended = random.pick([text, text, text.trimEnd(), `${text}\n\n`, `${text}# the end\n`]);
  return random.below(4) === 0 ? ended.replaceAll('\n', '\r\n') : ended;
}

/** With a comment or a blank line above. */
function decoratedLine(random: Random, line: string, space: string): string {
  const above = random.weighted({ none: 6, comment: 2, blank: 1, both: 1 });
  const comment = `${space}# ${random.pick(['of the application', 'see: the wiki', '- name: no item', 'x'])}\n`;
  return `${{ none: '', comment, blank: '\n', both: `\n${comment}` }[above]}${line}`;
}

function workload(random: Random, name: string): unknown {
  const some = <T>(value: T): T | undefined => (random.below(2) === 0 ? value : undefined);
  const annotations = { ...some({ note: 'first' }), 'sidekick/attach': wish(random), ...some({ other: 'a: b' }) };
  const mounts = [
    { name: 'data', mountPath: '/data' },
    ...(some([{ name: 'cache', mountPath: '/var/log/cache', readOnly: false }]) ?? []),
  ];
  const spec = {
    ...some({ enableServiceLinks: random.pick([true, false]) }),
    ...some({ securityContext: random.pick([{}, { runAsUser: 1000 }, { fsGroup: 7 }, null]) }),
    ...some({
      initContainers: random.pick([[], [{ name: 'first', image: 'one' }], [{ name: 'first', image: 'one' }, { name: 'second' }]]),
    }),
    containers: [...(some([{ name: 'before', image: 'my-proxy' }]) ?? []), { name, image: 'my-app', volumeMounts: mounts }],
    ...some({ hostAliases: random.pick([[], null, [{ ip: '10.0.0.1', hostnames: ['old'] }]]) }),
    volumes: [
      { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
      { name: 'cache', emptyDir: {} },
    ],
  };
  const chosen = { 'sidekick/container': name, ...annotations };
  if (random.below(2) === 0) return { apiVersion: 'v1', kind: 'Pod', metadata: { name, annotations: chosen }, spec };
  const template = { metadata: { labels: { app: name }, annotations: chosen }, spec };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, ...some({ namespace: 'shop' }) },
    spec: { replicas: 2, template },
  };
}

/** What is asked for, at least one sidecar of all. */
function wish(random: Random): string {
  const all = {
    logs: {
      paths: random.pick([['/data/*.log'], ['/logs/a/*.log', '/var/log/cache/x'], ['/logs/*.log']]),
      to: 'https://logs.example/in',
    },
    ambassador: { hosts: random.pick([['db:5432'], ['db:80', 'cache.infra.svc:6379', 'db:81=x:1']]), routes: ['8080=api:80'] },
    backup: {
      to: 's3://backups/app',
      ...(random.below(2) === 0 ? { sources: ['/data/x'] } : {}),
      passphrase: { secret: 'backup' },
    },
    netprobe: {},
  };
  const chosen = Object.entries(all).filter(() => random.below(2) === 0);
  return stringify(Object.fromEntries(chosen.length > 0 ? chosen : [['netprobe', null]]));
}

/** Lists as maps by name, as new items may stand before others; what is empty is left out. */
function withoutOrder(value: unknown): unknown {
  if (Array.isArray(value))
    return Object.fromEntries(
      value.map((item) => [item?.mountPath ?? item?.name ?? item?.ip ?? JSON.stringify(item), withoutOrder(item)]),
    );
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (inner === null ? [] : [[key, withoutOrder(inner)]])),
  );
}
