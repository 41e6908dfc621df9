import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Refused } from '../../../../sidecars/attach/attached.ts';
import { YamlText } from '../../../../sidecars/attach/yaml/yaml-text.ts';

const comment = 'added by sidekick/attach: ships the log files of web';
const service = {
  image: 'sidekick/logs:0.1.0',
  user: '65532',
  cap_drop: ['ALL'],
  depends_on: { web: { condition: 'service_started', restart: true } },
};

function withService(text: string): string {
  const yaml = YamlText.parse(text, 'compose.yaml');
  yaml.set(0, ['services', 'web-logs'], service, comment);
  const [result, again] = [yaml.toString(), YamlText.parse(yaml.toString(), 'compose.yaml')];
  again.delete(0, ['services', 'web-logs']);
  assert.equal(again.toString(), text);
  return result;
}

describe('a text of YAML that is edited', () => {
  test('gets an entry as its siblings are written, before a comment that is less indented', () => {
    const text = 'services:\n    web:\n        image: x\n    # db:\n# the end\n\nvolumes: {}\n';
    assert.equal(
      withService(text),
      `services:
    web:
        image: x
    # db:
    # added by sidekick/attach: ships the log files of web
    web-logs:
        image: sidekick/logs:0.1.0
        user: "65532"
        cap_drop: [ALL]
        depends_on:
            web:
                condition: service_started
                restart: true
# the end

volumes: {}
`,
    );
  });

  test('keeps line ends, a byte order mark and the missing line end', () => {
    const text = '\ufeffservices:\r\n  web:\r\n    image: x\r\n\r\n  db:\r\n    image: y';
    const result = withService(text);
    assert.match(result, /^\ufeffservices:\r\n/);
    assert.match(result, / {4}image: y\r\n\r\n {2}# added by .*\r\n {2}web-logs:\r\n/);
    assert.match(result, /\r\n {8}restart: true$/);
    assert.doesNotMatch(result, /[^\r]\n/);
  });

  test('gets an entry between braces', () => {
    assert.equal(
      withService('services: {web: {image: x}}\n'),
      'services: {web: {image: x}, web-logs: { image: "sidekick/logs:0.1.0", user: "65532", cap_drop: [ALL], ' +
        'depends_on: { web: { condition: service_started, restart: true } } }}\n',
    );
  });

  test('keeps a comma off a key without a value, which some readers would take for a part of it', () => {
    const text = 'a: {b: }\nc: {\n  d:\n}\n';
    const yaml = YamlText.parse(text, 'f');
    yaml.set(0, ['a', 'x'], 1);
    yaml.set(0, ['c', 'x'], 1);
    assert.equal(yaml.toString(), 'a: {b: , x: 1 }\nc: {\n  d: ,\n  x: 1\n}\n');
    yaml.delete(0, ['a', 'x']);
    yaml.delete(0, ['c', 'x']);
    assert.equal(yaml.toString(), text);
  });

  test('gets an item on a line of its own where the others have one', () => {
    const yaml = YamlText.parse('a: [\n  b, # one\n  c # two\n]\nd:\n- e\n# of f\nf: 1\n', 'f');
    yaml.append(0, ['a'], 'x');
    yaml.append(0, ['d'], 'x');
    assert.equal(yaml.toString(), 'a: [\n  b, # one\n  c, # two\n  x\n]\nd:\n- e\n- x\n# of f\nf: 1\n');
  });

  test('remembers a null and an alias that become maps', () => {
    const text = 'a: &a\n  k: 1\nb:  *a # why\nc: ~\n';
    const yaml = YamlText.parse(text, 'f');
    yaml.set(0, ['b', 'l'], 2);
    yaml.set(0, ['c', 'l'], 2);
    assert.deepEqual(YamlText.parse(yaml.toString(), 'f').documents[0]?.toJS(), { a: { k: 1 }, b: { k: 1, l: 2 }, c: { l: 2 } });
    yaml.delete(0, ['c', 'l']);
    yaml.delete(0, ['b', 'l']);
    assert.equal(yaml.toString(), text);
  });

  test('gets documents and loses them', () => {
    const text = 'a: 1\n---\nb: 2\n--- # third\nc: 3';
    const yaml = YamlText.parse(text, 'f');
    yaml.addDocument({ kind: 'ConfigMap', data: { routes: '1=a\n2=b\n' } }, 'added by sidekick/attach: routes');
    const end = '\n---\n# added by sidekick/attach: routes\nkind: ConfigMap\ndata:\n  routes: |\n    1=a\n    2=b';
    assert.equal(yaml.toString(), text + end);
    const again = YamlText.parse(yaml.toString(), 'f');
    again.deleteDocument(3);
    assert.equal(again.toString(), text);
    // the numbers of the others stay
    again.deleteDocument(0);
    again.set(2, ['d'], 4);
    assert.equal(again.toString(), '---\nb: 2\n--- # third\nc: 3\n\nd: 4');
  });

  test('tells everything that is wrong, and where', () => {
    const text = 'a: 1\na: 2\n---\nb:\n  - c\n d: 1\n';
    assert.throws(
      () => YamlText.parse(text, 'compose.yaml'),
      (error) => {
        assert.ok(error instanceof Refused);
        assert.match(
          error.message,
          /^compose\.yaml:2:1: the key a is there twice in one map; leave one of them\ncompose\.yaml:6:1: /,
        );
        return true;
      },
    );
    assert.throws(() => YamlText.parse('a:\n  b: *c\n', 'f'), /^Refused: f:2:6: \*c has no &c before it$/);
    assert.throws(() => YamlText.parse('a: &a\n  b: *a\n', 'f'), /^Refused: f:2:6: \*a is within its own &a$/);
  });

  test('takes an anchor that hundreds of services use', () => {
    const services = Array.from({ length: 150 }, (_, index) => `  web${index}: { logging: *quiet, <<: *base }\n`);
    const text = `x-quiet: &quiet { driver: none }\nx-base: &base { image: app }\nservices:\n${services.join('')}`;
    const yaml = YamlText.parse(text, 'f');
    yaml.set(0, ['services', 'web7', 'user'], '0');
    assert.equal(yaml.toString(), text.replace('web7: { logging: *quiet, <<: *base', '$&, user: "0"'));
  });

  test('refuses what would break it, and stays as it was', () => {
    const text = 'a: &a { b: 1 }\nc: *a\nd: text\ne:\n  <<: *a\n';
    const yaml = YamlText.parse(text, 'f');
    assert.throws(() => yaml.delete(0, ['a']), /^Refused: f:1:1: a cannot be changed here: .*\*a has no &a/);
    assert.throws(() => yaml.set(0, ['d', 'x'], 1), /^Refused: f:3:1: d is neither a map nor a list$/);
    assert.throws(() => yaml.append(0, ['d'], 1), /^Refused: f:3:1: d has to be a list$/);
    assert.throws(() => yaml.delete(0, ['e', 'b']), /^Refused: f:4:1: e\.b comes from an alias/);
    assert.throws(() => yaml.delete(0, ['x']), /nothing is at x/);
    assert.equal(yaml.toString(), text);
  });
});
