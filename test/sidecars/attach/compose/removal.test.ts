import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { removeFromCompose } from '../../../../sidecars/attach/compose/remove.ts';
import { attached, goldens } from './golden.ts';

/** Files in which what is added has an unusual place. */
const files: Readonly<Record<string, string>> = {
  'keys without a value': `services:
  web:
    image: app
    extra_hosts:
    depends_on: []
    links: [redis]
    x-sidekick: { logs: { token: { file: ./t }, to: "http://x/" }, ambassador: { links: true } }
  redis: { image: redis, expose: [6379] }
volumes:
secrets: {}
`,
  'keys with a tilde': `services:
  web:
    image: app
    extra_hosts: ~
    depends_on: {}
    links: [redis]
    x-sidekick: { logs: , ambassador: { links: true } }
  redis: { image: redis, expose: [6379] }
volumes: ~ # none
`,
  'everything between braces':
    '{ services: { web: { image: app, links: [redis], x-sidekick: { logs: , ambassador: { links: true } } }, redis: { image: r, expose: ["1"] } } }\n',
  'no line end': 'services:\n  web:\n    image: app\n    x-sidekick: { logs: , ambassador: { hosts: [redis:6379] } }',
  'a service that is an alias': `services:
  web: &web
    image: app
    x-sidekick: { ambassador: { hosts: [redis:6379] } }
  same: *web
  merged:
    <<: *web
`,
  'a wish that is an alias': `x-wish: &wish { netprobe: }
services:
  web: { image: app, x-sidekick: *wish }
  other:
    image: app
    x-sidekick: { <<: *wish, logs: }
`,
  'names in quotes, and indented by four': `"services":
    "web":
        "image": app
        "links": ["redis"]
        'security_opt': ['a:b']
        "x-sidekick": { "ambassador": { "links": true } }
    "redis": { "image": redis, "expose": ["6379"] }
`,
  'names with dots': `services:
  we.b:
    image: app
    links: [re.dis]
    x-sidekick: { ambassador: { links: true }, logs: }
  re.dis: { image: r, expose: [1] }
`,
  'comments wherever there is room': `# top
services:
  # web
  web: # here
    image: app
    x-sidekick: { logs: , netprobe: } # both
    # end of web
  # end of services
# end of all
`,
  'a document with its signs': '---\nservices:\n  web:\n    image: app\n    x-sidekick: { logs: }\n...\n',
};

suite('what was attached is taken out byte for byte', () => {
  for (const [title, before] of Object.entries(files))
    test(title, () => {
      const after = attached(before);
      assert.notEqual(after, before);
      assert.equal(removeFromCompose(after, 'compose.yaml'), before);
      assert.equal(attached(after), after);
    });

  test('with line ends of Windows', () => {
    for (const { before } of goldens()) {
      const windows = before.replaceAll('\n', '\r\n');
      assert.equal(removeFromCompose(attached(windows), 'compose.yaml'), windows);
    }
  });
});

suite('what a person has changed since', () => {
  const before = `services:
  web:
    image: app
    x-sidekick: { logs: , ambassador: { hosts: [redis:6379] } }
`;

  test('stays', () => {
    const after = attached(before)
      .replace('extra_hosts: ["redis:127.127.0.2"]', 'extra_hosts: ["redis:127.127.0.2", "time:10.0.0.1"]')
      .replace('volumes:\n  web-logs-state:\n', 'volumes:\n  web-logs-state:\n  mine:\n');
    assert.equal(removeFromCompose(after, 'compose.yaml'), `${before}    extra_hosts: ["time:10.0.0.1"]\n\nvolumes:\n  mine:\n`);
  });

  test('and what is gone already is no matter', () => {
    const after = attached(before)
      .replace('    extra_hosts: ["redis:127.127.0.2"]\n', '')
      .replace('\nvolumes:\n  web-logs-state:\n', '');
    assert.equal(removeFromCompose(after, 'compose.yaml'), before);
  });

  test('a wish that is gone takes its sidecar with it', () => {
    const after = attached(attached(before).replace('{ logs: , ambassador: { hosts: [redis:6379] } }', '{ netprobe: }'));
    assert.equal(after, attached(before.replace('{ logs: , ambassador: { hosts: [redis:6379] } }', '{ netprobe: }')));
  });
});

test('a file without wishes stays as it is', () => {
  const before = 'services:\n  web:\n    image: app\n    security_opt: [a:b]\n';
  assert.equal(attached(before), before);
  assert.equal(removeFromCompose(before, 'compose.yaml'), before);
});
