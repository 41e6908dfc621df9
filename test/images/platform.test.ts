import assert from 'node:assert/strict';
import { closeSync, globSync, openSync, readSync } from 'node:fs';
import { test } from 'node:test';
import { Docker, docker, dockerOutput } from '#harness/docker.ts';
import { needs } from '#harness/needs.ts';
import { bake, imageNames } from '../../images/bake.ts';

/** Programs and libraries of an image. */
const programs = {
  base: ['usr/local/bin/node', 'usr/lib/*/libc.so.6', 'usr/lib/*/libatomic.so.1'],
  backup: ['usr/lib/postgresql/*/bin/*', 'usr/lib/*/libpq.so.5', 'usr/lib/*/libcrypto.so.3'],
  'backup-mariadb': ['usr/bin/mariadb*', 'usr/lib/*/libmariadb3/plugin/*', 'usr/lib/*/libcrypto.so.3'],
};

test('the images of the other architecture are built without emulation', needs('docker'), async (t) => {
  // the numbers are those of e_machine in elf.h
  const other = process.arch === 'x64' ? { name: 'arm64', machine: 183 } : { name: 'amd64', machine: 62 };
  const images = imageNames.map((name) => `sidekick/${name}:test-${other.name}`);
  t.after(() => docker('rmi', '--force', ...images));
  await bake({ variables: { PLATFORMS: `linux/${other.name}`, TAG: `test-${other.name}` }, output: 'pipe' });
  for (const image of images) {
    assert.equal(await dockerOutput('image', 'inspect', '--format', '{{.Architecture}}', image), other.name);
  }
  const world = new Docker(t);
  for (const [image, files] of Object.entries(programs)) {
    const root = await world.unpack(`sidekick/${image}:test-${other.name}`);
    for (const pattern of files) {
      const found = globSync(pattern, { cwd: root });
      assert.ok(found.length > 0, `${image} has no ${pattern}`);
      for (const file of found) assert.equal(elfMachine(`${root}/${file}`), other.machine, `${file} of ${image}`);
    }
  }
});

/** For which machine a program or library was compiled: e_machine of its ELF header, elf(5). */
function elfMachine(file: string): number {
  const fd = openSync(file, 'r');
  const header = Buffer.alloc(20);
  readSync(fd, header);
  closeSync(fd);
  return header.readUInt16LE(18);
}
