import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { read } from '#shared/config/read.ts';
import { program } from '../../sidecars/netprobe/config.ts';
import { sidecarsOf } from '../containers.ts';

test('the settings and the port of the probe in kubernetes.sidekick.yaml are read', () => {
  const yaml = readFileSync(new URL('kubernetes.sidekick.yaml', import.meta.url), 'utf8');
  const [probe, ...others] = sidecarsOf(yaml, 'sidekick/netprobe');
  assert.deepEqual(others, []);
  const env = probe?.env ?? {};
  assert.ok(Object.keys(env).length >= 3);
  const none = () => assert.fail('no setting is in a file');
  const reading = read(program, { argv: [], env, readFile: none });
  assert.deepEqual(reading.problems, []);
  const admin = 'settings' in reading ? reading.settings.admin : undefined;
  assert.ok(admin?.type === 'tcp');
  assert.deepEqual(probe?.ports, [{ name: 'netprobe', containerPort: admin.port }]);
  assert.match(yaml, new RegExp(`prometheus.io/port: "${admin.port}"`));
});
