import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refused } from '../../../../sidecars/attach/attached.ts';
import { attached } from './golden.ts';

/** A pod with a wish below line 6, and further lines of its spec. */
function pod(wish: string, ...spec: readonly string[]): string {
  const lines = wish.split('\n').map((line) => `      ${line}`);
  return [
    'apiVersion: v1',
    'kind: Pod',
    'metadata:',
    '  name: web',
    '  annotations:',
    '    sidekick/attach: |',
    ...lines,
    'spec:',
    ...(spec.some((line) => line.startsWith('  containers:')) ? spec : ['  containers: [{ name: web, image: my-app }]', ...spec]),
    '',
  ].join('\n');
}

const data = [
  '  containers:',
  '  - name: web',
  '    image: my-app',
  '    volumeMounts: [{ name: data, mountPath: /data }]',
  '  volumes:',
  '  - name: data',
  '    persistentVolumeClaim: { claimName: data }',
];

const list = `apiVersion: v1
kind: List
items:
- ${pod('netprobe:').trimEnd().replaceAll('\n', '\n  ')}
`;

const cases: Readonly<Record<string, readonly [text: string, ...problems: (string | RegExp)[]]>> = {
  'a misspelt option, at its line and column': [
    pod('logs:\n  path: [/var/log/a/*.log]\n  max-line: 1B'),
    /^8:9: sidekick\/attach.logs.path is no option of logs; did you mean paths\?$/,
    /^9:19: sidekick\/attach.logs.max-line is too small/,
  ],
  'a misspelt sidecar in a text between quotes, at the text': [
    pod('x').replace('|\n      x', '"net-probe: {}"'),
    /^6:22: .*did you mean netprobe\?$/,
  ],
  'what is not YAML, at its place': [
    pod('logs: {\n  to: ['),
    /^8:14: sidekick\/attach is not YAML: .*]$/,
    /^8:14: sidekick\/attach is not YAML: .*}$/,
  ],
  'a mapping where a text has to be': [
    pod('netprobe:').replace('|', ''),
    '7:7: sidekick/attach is no text, which an annotation has to be; put a | behind its colon',
  ],
  'two wishes for one workload': [
    `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, annotations: { sidekick/attach: "netprobe:" } }
spec:
  template:
    metadata: { annotations: { sidekick/attach: "netprobe:" } }
    spec: { containers: [{ name: web }] }
`,
    '6:49: sidekick/attach stands at metadata.annotations as well; keep one of them',
  ],
  'a wish of what has no pods': [
    `kind: Service
metadata: { name: web, annotations: { sidekick/attach: "netprobe:" } }
`,
    /^2:56: Service is nothing that sidecars are attached to; known are Pod, Deployment, /,
  ],
  JSON: [
    '{ "kind": "Pod", "metadata": { "annotations": { "sidekick/attach": "netprobe:" } }, "spec": { "containers": [{ "name": "web" }] } }',
    '1:1: the file begins with a { and is JSON to kubectl; write its outermost map in lines, as YAML has them',
  ],
  'a list': [list, '4:3: sidekick/attach in a List is not carried out; write its items as documents with --- between them'],
  'a container that is not there': [
    pod('netprobe:').replace('  annotations:\n', '  annotations:\n    sidekick/container: wep\n'),
    '6:25: sidekick/container names wep, and there is no such container; did you mean web?',
  ],
  'a pod without containers': [pod('netprobe:', '  containers: []'), /there is no container that sidecars could be attached to$/],
  'a wish behind an alias': [
    `kind: Pod
metadata: { labels: { a: &wish "netprobe:" }, annotations: { sidekick/attach: *wish } }
spec: { containers: [{ name: web }] }
`,
    /sidekick\/attach comes from elsewhere by an alias; write it out here$/,
  ],
  'a file': [
    pod('logs: { paths: [/a/*.log], token: { file: ./token } }'),
    /^7:.*nothing that Kubernetes has; write \{ secret: NAME, key: KEY \}$/,
  ],
  links: [pod('ambassador: { links: true, routes: ["1=a:1"] }'), /is for compose, as Kubernetes has no links; write hosts/],
  'keys of a service of compose': [pod('netprobe: { service: { mem_limit: 1g } }'), /^7:19: .*write container here$/],
  'a container of that name': [
    pod('netprobe:', '  initContainers: [{ name: netprobe, image: my-app }]'),
    '7:7: sidekick/attach.netprobe makes a container netprobe, which the pod has already; write container: { name: web-netprobe }',
  ],
  'logs that are asked for once': [
    pod('logs:\n  paths: /a/*.log\n  once: true'),
    '9:15: sidekick/attach.logs.once would have it start again and again; leave it out',
  ],
  'log files nobody has named': [
    pod('logs:'),
    /^7:7: sidekick\/attach.logs names no paths, and web has no volume at \/var\/log; write paths: /,
  ],
  'log files in the root folder': [pod('logs: { paths: ["/*.log"] }'), /^7:22: .*paths names files of the root folder/],
  'data on no volume': [
    pod('backup: { to: "s3://backups/a", sources: [/data, /other/x] }', ...data),
    /^7:48: .*names files in \/other, which is on no volume of web/,
  ],
  'no data': [pod('backup: { to: "s3://backups/a" }'), /^7:7: .*names no sources, and web has no volume with data/],
  'a store on no volume': [
    pod('backup: { to: "file:///backups" }', ...data),
    /^7:21: .*backup.to names \/backups, where the sidecar has no volume; write container: /,
  ],
  'logs kept on no volume': [
    pod('logs: { paths: [/data/*.log], to: "file:///kept" }', ...data),
    /^7:41: .*logs.to names \/kept, where the sidecar has no volume/,
  ],
  'a name that may be a service or a host': [
    pod('ambassador:\n  hosts: ["example.com:443"]'),
    '8:17: example.com:443 may be the service example of the namespace com, or a host elsewhere; write example.com:443=example.com.svc.cluster.local.:443 or example.com:443=example.com.:443',
  ],
  'a name that has an address already': [
    pod('ambassador: { hosts: ["db:5432"] }', '  hostAliases: [{ ip: 10.0.0.1, hostnames: [DB] }]'),
    '7:29: db stands in hostAliases of the pod already; take it out there',
  ],
  'routes of that name': [
    `${pod('ambassador: { routes: ["6379=redis:6379"] }')}---\nkind: ConfigMap\nmetadata: { name: web-routes }\n`,
    '7:7: sidekick/attach.ambassador makes a ConfigMap web-routes, of which there is one already; rename that',
  ],
  'a variable of a path that is nowhere': [
    pod('backup: { to: "s3://backups/a" }', ...data.map((line) => line.replace('/data }', '/data, subPathExpr: "$(NAME)" }'))),
    /^7:7: .*needs the variable NAME of a subPathExpr, which env of web does not have$/,
  ],
  'more time to end than the pod has': [
    pod('netprobe: { SIDEKICK_GRACE: 1m }', '  terminationGracePeriodSeconds: 60'),
    '7:35: sidekick/attach.netprobe.grace is 1m, and after 60 s the pod is killed; set terminationGracePeriodSeconds to more than both',
  ],
  'a container behind an alias': [
    `kind: Pod
metadata: { annotations: { sidekick/attach: "logs: { paths: /a/*.log }" } }
x: &web { name: web, image: my-app }
spec: { containers: [*web] }
`,
    /^4:22: spec.containers.0 comes from an alias/,
  ],
  'volumes that are merged': [
    `kind: Pod
metadata: { annotations: { sidekick/attach: "logs: { paths: /a/*.log }" } }
x: &all { volumes: [] }
spec: { <<: *all, containers: [{ name: web, image: my-app }] }
`,
    /^4:7: spec.volumes comes from an alias/,
  ],
  'volumes behind an alias': [
    `kind: Pod
metadata: { annotations: { sidekick/attach: "backup: { to: 's3://backups/a' }" } }
x: &volumes [{ name: data, emptyDir: {} }]
spec: { containers: [{ name: web, volumeMounts: [{ name: data, mountPath: /data }] }], volumes: *volumes }
`,
    /^4:97: spec.volumes comes from an alias, and entries are to be added to it; write it out$/,
  ],
};

for (const [name, [text, ...problems]] of Object.entries(cases))
  test(`refused with its place: ${name}`, () => {
    const found = problemsOf(text);
    assert.equal(found.length, problems.length, found.join('\n'));
    for (const [index, problem] of problems.entries())
      if (typeof problem === 'string') assert.equal(found[index], problem);
      else assert.match(found[index] ?? '', problem);
  });

test('where something is attached already, the places are those of the file', () => {
  const once = attached(pod('netprobe:'));
  const [before = '', behind = ''] = once.split('      netprobe:\n');
  const problem =
    '7:7: sidekick/attach.logs names no paths, and web has no volume at /var/log; write paths: [/var/log/web/*.log]';
  assert.deepEqual(problemsOf(`${before}      logs:\n${behind}`), [problem]);
  const second = pod('logs:');
  const line = once.split('\n').length + 7;
  assert.deepEqual(problemsOf(`${once}---\n${second}`), [problem.replace('7:', `${line}:`)]);
});

/** `LINE:COLUMN: what is wrong`, for each problem. */
function problemsOf(text: string): string[] {
  try {
    attached(text);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return error.problems.map(({ place: { line, column }, text: problem }) => `${line}:${column}: ${problem}`);
  }
  return [];
}
