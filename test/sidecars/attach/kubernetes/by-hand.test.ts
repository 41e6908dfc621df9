import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { attached } from './golden.ts';

/** What is to be asked for to get the sidecars that somebody has written by hand: the files below by-hand/ are called after them. */
const wishes = {
  logs: { paths: ['/var/log/app/*.log'], to: 'https://logs.example/in', token: { secret: 'logs-token' } },
  backup: {
    to: 's3://backups/notes',
    AWS_ENDPOINT_URL_S3: 'https://s3.example',
    AWS_ACCESS_KEY_ID: { secret: 'notes-backup', key: 'id' },
    AWS_SECRET_ACCESS_KEY: { secret: 'notes-backup', key: 'secret' },
    schedule: '15 3 * * *',
    keep: { last: 3, daily: 7, weekly: 4, monthly: 12 },
    TZ: 'Europe/Berlin',
  },
  ambassador: { routes: ['6379=redis:6379?check=tcp&check-interval=1s&fall=2&connect-timeout=500ms&hold=20s'] },
  netprobe: {
    checks: ['dns://kubernetes.default.svc.cluster.local', 'icmp://gateway'],
    peers: { pods: '10.244.0.0/16', services: '10.96.0.0/12' },
    'max-peers': 50,
  },
};

for (const [name, options] of Object.entries(wishes))
  test(`what was written by hand for ${name} is what attach makes`, () => {
    const byHand = parse(readFileSync(new URL(`by-hand/${name}.yaml`, import.meta.url), 'utf8')) as Workload;
    const { initContainers: [wanted] = [], ...rest } = podOf(byHand);
    assert.ok(wanted);
    // the volumes of the sidecar alone are taken away with it
    const used = new Set(rest.containers.flatMap(({ volumeMounts = [] }) => volumeMounts.map((mount) => mount.name)));
    const pod = { ...rest, volumes: rest.volumes?.filter((volume) => used.has(volume.name)) ?? [] };
    const metadata = { ...byHand.metadata, annotations: { 'sidekick/attach': stringify({ [name]: options }) } };
    const spec = 'template' in byHand.spec ? { ...byHand.spec, template: { spec: pod } } : pod;
    const [document] = parseAllDocuments(attached(stringify({ ...byHand, metadata, spec })));
    const [made] = podOf(document?.toJS() as Workload).initContainers ?? [];
    assert.ok(made);
    assert.partialDeepStrictEqual(comparable(made), comparable(wanted));
  });

/** A container with its lists by name; how secrets are called, and where they are mounted, is everyone's own affair. */
function comparable({ args, env, volumeMounts = [], ...rest }: Container): Record<string, unknown> {
  const variables = args === undefined ? env : [{ name: 'LOGS_PATHS', value: args.join() }, ...env];
  const plain = variables.map(({ value, ...variable }) => ({ ...variable, value: value?.replace(/^\/run\/secrets\/[^/]+/, '') }));
  const mounts = volumeMounts.filter(({ mountPath }) => !mountPath.startsWith('/run/secrets/'));
  return {
    ...rest,
    env: Object.fromEntries(plain.map((variable) => [variable.name, variable])),
    volumeMounts: Object.fromEntries(mounts.map(({ name: _, ...mount }) => [mount.mountPath, mount])),
  };
}

interface Container {
  readonly name: string;
  readonly args?: readonly string[];
  readonly env: readonly { readonly name: string; readonly value?: string }[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
}

interface Pod {
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
  readonly volumes?: readonly { readonly name: string }[];
}

interface Workload {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly spec: Pod | { readonly template: { readonly spec: Pod } };
}

function podOf({ spec }: Workload): Pod {
  return 'template' in spec ? spec.template.spec : spec;
}
