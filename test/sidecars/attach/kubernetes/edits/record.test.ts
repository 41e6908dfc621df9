import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Attachments } from '../../../../../sidecars/attach/kubernetes/edits/record.ts';

const record = Attachments.read(`enableServiceLinks
securityContext.fsGroup
securityContext.sysctls[net.ipv4.ip_unprivileged_port_start]
initContainers[logs]
containers[web].volumeMounts[/var/log/app.d]
volumes[logs-state]
volumes[gone]
new securityContext
new securityContext.sysctls
new volumes
new containers[web].volumeMounts
`);

const attached = {
  enableServiceLinks: false,
  securityContext: { fsGroup: 65532, sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }] },
  initContainers: [{ name: 'logs' }, { name: 'migrate' }],
  containers: [{ name: 'app' }, { name: 'web', volumeMounts: [{ name: 'x', mountPath: '/var/log/app.d' }] }],
  volumes: [{ name: 'logs-state' }],
};

/** What is left of a spec when everything at the paths is taken out, one after the other. */
function taken(spec: object): unknown {
  const left = structuredClone(spec);
  for (const path of record.pathsIn(spec)) {
    const parent = path.slice(0, -1).reduce<unknown>((at, step) => (at as Record<string | number, unknown>)[step], left);
    const last = path.at(-1) as string | number;
    if (Array.isArray(parent)) parent.splice(Number(last), 1);
    else delete (parent as Record<string | number, unknown>)[last];
  }
  return left;
}

test('a record is written as it was read', () => {
  assert.equal(String(Attachments.read(String(record))), String(record));
});

test('what was added is found by its names, and what was made for it goes with it', () => {
  assert.deepEqual(taken(attached), {
    initContainers: [{ name: 'migrate' }],
    containers: [{ name: 'app' }, { name: 'web' }],
  });
});

test('what a person has added since stays, with the list or the map around it', () => {
  const more = {
    ...attached,
    securityContext: { ...attached.securityContext, runAsUser: 1000 },
    volumes: [{ name: 'mine' }, ...attached.volumes, { name: 'mine-too' }],
  };
  assert.deepEqual(taken(more), {
    securityContext: { runAsUser: 1000 },
    initContainers: [{ name: 'migrate' }],
    containers: [{ name: 'app' }, { name: 'web' }],
    volumes: [{ name: 'mine' }, { name: 'mine-too' }],
  });
});

test('where nothing is left of it, nothing is found', () => {
  assert.deepEqual(record.pathsIn({ containers: [] }), []);
  assert.deepEqual(record.pathsIn(undefined), []);
});
