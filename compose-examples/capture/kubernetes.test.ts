import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { read } from '#shared/config/read.ts';
import { program } from '../../sidecars/netprobe/config.ts';
import { sidecarsOf } from '../containers.ts';

test('the words and the ports of both captures in kubernetes.yaml are read', () => {
  const containers = sidecarsOf(readFileSync(new URL('kubernetes.yaml', import.meta.url), 'utf8'), 'sidekick/netprobe');
  assert.equal(containers.length, 2);
  for (const { args, env, ports } of containers) {
    const reading = read(program, { argv: args, env, readFile: () => 'of the secret' });
    assert.deepEqual(reading.problems, []);
    assert.ok('settings' in reading && reading.settings.admin.type === 'tcp' && reading.call?.verb === 'capture');
    assert.deepEqual(
      ports.map(({ containerPort }) => containerPort),
      [reading.settings.admin.port],
    );
    assert.equal(reading.call.given.to?.protocol, 's3:');
    assert.equal(reading.call.given.words.join(' '), 'tcp port 8080');
  }
});
