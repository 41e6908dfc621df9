import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attachCompose } from '../../../../sidecars/attach/compose/attach.ts';

const how = { file: 'compose.yaml', images: undefined, tag: '1', build: undefined };

test('everything that is added is told with its reason, first in the services that are there', () => {
  const { changes } = attachCompose(
    `services:
  web:
    image: app
    links: [redis]
    security_opt: [a:b]
    volumes: [logs:/var/log]
    x-sidekick:
      logs: { to: "http://collector:80/", after-ship: delete, token: { environment: TOKEN } }
      ambassador: { links: true, service: { mem_limit: 32m } }
  redis: { image: redis, expose: ["6379"] }
  collector: { image: app }
volumes: { logs: {} }
`,
    how,
  );
  assert.deepEqual(
    changes.map(({ owner, what }) => `${owner}: ${what}`),
    [
      'web: security_opt: !override',
      'web: extra_hosts: redis:127.127.0.2',
      'web: links: !reset',
      'web: depends_on: redis',
      'web-logs: image: sidekick/logs:1',
      'web-logs: depends_on: web',
      'web-logs: depends_on: collector',
      'web-logs: volumes at /var/log',
      'web-logs: volumes: [web-logs-state:/state]',
      `web-logs: LOGS_TOKEN: \${TOKEN:?}`,
      'web-logs: read_only, cap_drop, no-new-privileges, pids_limit, mem_limit',
      'web-ambassador: image: sidekick/ambassador:1',
      'web-ambassador: network_mode: service:web',
      'web-ambassador: depends_on: web',
      'web-ambassador: 127.127.0.2:6379=redis.:6379',
      'web-ambassador: read_only, cap_drop, no-new-privileges, pids_limit, mem_limit',
      'web-ambassador: mem_limit',
    ],
  );
  assert.ok(changes.every(({ why }) => why !== ''));
});

test('where rotated files are not kept, volumes are there to be written to', () => {
  const { text } = attachCompose(
    `services:
  a: { image: app, volumes: ["logs:/var/log:z"], x-sidekick: { logs: { after-ship: truncate } } }
  b: { image: app, x-sidekick: { logs: { after-ship: delete } } }
volumes: { logs: {} }
`,
    how,
  );
  assert.match(text, /- logs:\/var\/log:rw,z\n|\["logs:\/var\/log:rw,z", /);
  assert.match(text, /volumes_from: \["b:rw"\]/);
});

test('flags go before what the file says of images', () => {
  const file = 'services:\n  web: { image: app, x-sidekick: { netprobe: } }\nx-sidekick: { images: here/, tag: "2", build: . }\n';
  assert.match(attachCompose(file, { ...how, tag: undefined }).text, /image: here\/netprobe:2\n/);
  const { text } = attachCompose(file, { ...how, images: 'there/', build: '../..' });
  assert.match(text, /image: there\/netprobe:1\n {4}build:\n {6}context: \.\.\/\.\.\n/);
});
