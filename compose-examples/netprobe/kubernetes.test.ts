import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { read } from '#shared/config/read.ts';
import { program } from '../../sidecars/netprobe/config.ts';

const yaml = readFileSync(new URL('kubernetes.yaml', import.meta.url), 'utf8');
const compose = readFileSync(new URL('compose.yaml', import.meta.url), 'utf8');

for (const [file, pairs, least] of [
  ['kubernetes.yaml', yaml.matchAll(/\{ name: (NETPROBE_[A-Z_]+), value: "([^"]*)" \}/g), 3],
  ['compose.yaml', compose.matchAll(/^ {6}(NETPROBE_[A-Z_]+): (.+)$/gm), 3],
] as const) {
  test(`the settings of the probe in ${file} are read`, () => {
    const env = Object.fromEntries([...pairs].map(([, name = '', value = '']) => [name, value]));
    assert.ok(Object.keys(env).length >= least);
    const none = () => assert.fail('no setting is in a file');
    assert.deepEqual(read(program, { argv: [], env, readFile: none }).problems, []);
  });
}

test('the ports that are named in kubernetes.yaml are those of the probe', () => {
  const { settings } = read(program, { argv: [], env: {}, readFile: () => '' }) as { settings?: { admin: { port: number } } };
  assert.match(yaml, new RegExp(`name: netprobe, containerPort: ${settings?.admin.port} `));
  assert.match(yaml, new RegExp(`prometheus.io/port: "${settings?.admin.port}"`));
});
