import assert from 'node:assert/strict';
import { closeSync, globSync, openSync, readSync } from 'node:fs';
import { test } from 'node:test';
import { Docker, docker, dockerOutput } from '#harness/docker.ts';
import { needs } from '#harness/needs.ts';
import { bake, imageNames } from '../../images/bake.ts';

test('the images of the other architecture are built without emulation', needs('docker'), async (t) => {
  // the numbers are those of e_machine in elf.h
  const other = process.arch === 'x64' ? { name: 'arm64', machine: 183 } : { name: 'amd64', machine: 62 };
  const images = imageNames.map((name) => `sidekick/${name}:test-${other.name}`);
  t.after(() => docker('rmi', '--force', ...images));
  await bake({ variables: { PLATFORMS: `linux/${other.name}`, TAG: `test-${other.name}` }, output: 'pipe' });
  for (const image of images) {
    assert.equal(await dockerOutput('image', 'inspect', '--format', '{{.Architecture}}', image), other.name);
  }
  const root = await new Docker(t).unpack(`sidekick/base:test-${other.name}`);
  const machines = globSync(['usr/local/bin/node', 'usr/lib/*/libc.so.6', 'usr/lib/*/libatomic.so.1'], { cwd: root }).map(
    (file) => elfMachine(`${root}/${file}`),
  );
  assert.deepEqual(machines, [other.machine, other.machine, other.machine]);
});

/** For which machine a program or library was compiled: e_machine of its ELF header, elf(5). */
function elfMachine(file: string): number {
  const fd = openSync(file, 'r');
  const header = Buffer.alloc(20);
  readSync(fd, header);
  closeSync(fd);
  return header.readUInt16LE(18);
}
