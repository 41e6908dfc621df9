import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Refused } from '../../../../sidecars/attach/attached.ts';
import { attached } from './golden.ts';

/** A file, and what is wrong in it, each with its line and column. */
interface Refusal {
  readonly title: string;
  readonly file: string;
  readonly problems: readonly string[];
}

const refusals: readonly Refusal[] = [
  {
    title: 'no services',
    file: 'name: x\n',
    problems: ['1:1: it has no services, so that there is nothing to attach to'],
  },
  {
    title: 'everything at once, in the order of the file',
    file: `services:
  web:
    image: app
    x-sidekick:
      logs: { max-line: 1 }
  db:
    image: app
    x-sidekick: { netprob: }
x-sidekick: { tags: 1, build: [x] }
`,
    problems: [
      '5:25: services.web.x-sidekick.logs.max-line needs a unit, such as 512B, 64Ki or 10M',
      '8:19: services.db.x-sidekick.netprob is no sidecar; did you mean netprobe?',
      '9:15: x-sidekick.tags is nothing that holds for the whole file; did you mean tag?',
      '9:31: x-sidekick.build is no text',
    ],
  },
  {
    title: 'names that are taken',
    file: `services:
  web:
    image: app
    x-sidekick:
      netprobe:
      logs: { to: https://logs.example/, token: { file: ./token } }
  web-netprobe:
    image: other
volumes: { web-logs-state: {} }
secrets: { web-logs-token: { file: ./other } }
`,
    problems: [
      '6:7: services.web.x-sidekick.logs needs the name web-logs-state for a volume, which this file has already; call it something else',
      '6:49: services.web.x-sidekick.logs.token needs the name web-logs-token for a secret, which this file has already',
      '7:3: services.web-netprobe has the name that netprobe of web would have; call it something else',
    ],
  },
  {
    title: 'secrets that are not there, or cannot be mounted',
    file: `services:
  web:
    image: app
    x-sidekick:
      logs:
        to: https://logs.example/
        token: { secret: none }
        ca: { secret: variable }
secrets:
  variable: { environment: CA }
`,
    problems: [
      '7:16: services.web.x-sidekick.logs.token names the secret none, which is not among the secrets of this file',
      '8:13: services.web.x-sidekick.logs.ca names the secret variable, which is no file, so that compose cannot put it into a container that is read-only; keep it in a file',
    ],
  },
  {
    title: 'links that nobody can follow',
    file: `services:
  web:
    image: app
    links: [none, silent, "silent:quiet"]
    x-sidekick: { ambassador: { links: true } }
  alone:
    image: app
    x-sidekick: { ambassador: { links: true } }
  silent: { image: app }
`,
    problems: [
      '4:5: services.web.links name none, which is no service of this file',
      '4:5: services.web.links name silent, and no expose or ports tell what it listens on; write it as a host: hosts: ["silent:PORT"]',
      '4:5: services.web.links name silent, and no expose or ports tell what it listens on; write it as a host: hosts: ["quiet:PORT=silent:PORT"]',
      '8:19: services.alone.x-sidekick.ambassador has links: true, and alone has no links; write hosts: ["redis:6379"]',
    ],
  },
  {
    title: 'names that cannot be led elsewhere',
    file: `services:
  guest:
    image: app
    network_mode: service:web
    x-sidekick: { ambassador: { hosts: [redis:6379] } }
  web:
    image: app
    ports: ["8080:80"]
    extra_hosts: [redis:10.0.0.1]
    x-sidekick: { ambassador: { hosts: [redis:6379, api:80] } }
  host:
    image: app
    network_mode: host
    x-sidekick: { ambassador: { hosts: [redis:6379] } }
`,
    problems: [
      '5:41: services.guest.x-sidekick.ambassador.hosts need names of its own, and guest has those of its network_mode service:web; ask for them under services.web',
      '10:41: services.web.x-sidekick.ambassador.hosts name redis, which extra_hosts of web leads elsewhere; take it out there',
      '10:53: services.web.x-sidekick.ambassador.hosts name port 80 of api, and web listens on 80 itself, on every address as it seems; give api another port: ["api:PORT=api.:80"]',
      '14:41: services.host.x-sidekick.ambassador.hosts need names of its own, and host has those of its network_mode host; write routes to localhost: routes: ["6379=redis:6379"]',
    ],
  },
  {
    title: 'replicas that are not known, or have files of their own',
    file: `services:
  web:
    image: app
    deploy: { replicas: "\${N:-2}" }
    x-sidekick: { netprobe: }
  db:
    image: app
    scale: 2
    x-sidekick: { backup: { to: s3://backups } }
`,
    problems: [
      '4:5: services.web.deploy leaves to a variable how many containers there are, and each one needs netprobe of its own; write a number',
      '9:19: services.db.x-sidekick.backup would save 2 containers of db to one place, each with files of its own; keep them in a volume with a name',
    ],
  },
  {
    title: 'files that no other container sees, and folders without a volume',
    file: `services:
  web:
    image: app
    tmpfs: [/var/log]
    x-sidekick:
      logs: { paths: /var/log/*.log, to: "file:///out", state: /mine }
      backup: { sources: /etc, to: "file:///nas/backups" }
`,
    problems: [
      '6:22: services.web.x-sidekick.logs.paths names /var/log, which is a tmpfs of web, and no other container sees it; make it a volume',
      '6:42: services.web.x-sidekick.logs.to names /out, for which there is no volume; give one: service: { volumes: ["NAME:/out"] }',
      '6:64: services.web.x-sidekick.logs.state is /mine, for which there is no volume; leave it out, or give one: service: { volumes: ["NAME:/mine"] }',
      '7:36: services.web.x-sidekick.backup.to names /nas/backups, for which there is no volume; write file:///backups, or give one: service: { volumes: ["NAME:/nas/backups"] }',
    ],
  },
  {
    title: 'a service of another file',
    file: `services:
  web:
    extends: { file: base.yaml, service: web }
    x-sidekick: { logs: , netprobe: }
`,
    problems: [
      '3:5: services.web.extends names base.yaml, which is not read, so that nobody knows its networks; write them for logs: service: { networks: [default] }',
    ],
  },
];

suite('a file is refused with the place of everything that is wrong', () => {
  for (const { title, file, problems } of refusals)
    test(title, () => {
      assert.deepEqual(
        refused(file),
        problems.map((problem) => `compose.yaml:${problem}`),
      );
    });

  test('in a file that has sidecars already, at the places of that file', () => {
    const before = `services:
  web:
    image: app
    links: [redis]
    x-sidekick: { ambassador: { links: true }, logs: }
  redis: { image: redis, expose: ["6379"] }

  last:
    image: app
    x-sidekick: { netprobe: }
x-sidekick: { tag: "1" }
`;
    const after = attached(before).replace('{ netprobe: }', '{ netprob: }').replace('tag: "1"', 'tags: "1"');
    const lineOf = (text: string) => after.split('\n').findIndex((line) => line.includes(text)) + 1;
    assert.deepEqual(refused(after), [
      `compose.yaml:${lineOf('netprob:')}:19: services.last.x-sidekick.netprob is no sidecar; did you mean netprobe?`,
      `compose.yaml:${lineOf('tags:')}:15: x-sidekick.tags is nothing that holds for the whole file; did you mean tag?`,
    ]);
  });
});

function refused(file: string): string[] {
  try {
    attached(file);
  } catch (error) {
    if (error instanceof Refused) return error.message.split('\n');
    throw error;
  }
  return [];
}
