import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, type TestContext, test } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { Docker, dockerOutput, hardened } from '#harness/docker.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import { attach, compose } from '../sidecars/attach/command.ts';
import { bakeForTests, testImage, testTag } from './baked.ts';

const here = needs('docker');
const image = testImage('attach');

/** Runs the image as `docker run --rm -i …` does, under the flags that every sidecar runs under and without a network. */
function run(words: readonly string[], { flags = [], input = '' }: { flags?: readonly string[]; input?: string } = {}) {
  const args = ['run', '--rm', '--interactive', ...hardened, '--network', 'none', ...flags, image, ...words];
  return spawnSync('docker', args, { input, encoding: 'utf8' });
}

describe('sidekick/attach', () => {
  before(bakeForTests);

  test('attaches from stdin to stdout, as its source does', here, () => {
    const { status, stdout, stderr } = run([], { input: compose });
    assert.deepEqual([status, stderr], [0, 'sidekick/attach: stdin: web-logs, web-netprobe beside web\n']);
    assert.equal(stdout, attach([], { stdin: compose }).stdout);
    assert.equal(run(['--remove'], { input: stdout }).stdout, compose);
  });

  test('works on files of the folder that is mounted, as their owner', here, (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, 'compose.yaml'), compose);
    const { uid } = statSync(folder);
    const flags = ['--volume', `${folder}:/work`, '--user', String(uid)];
    const words = ['-f', 'compose.yaml', '-o', 'compose.sidekick.yaml'];
    const { status, stderr } = run(words, { flags });
    assert.equal(status, 0, stderr);
    const written = join(folder, 'compose.sidekick.yaml');
    assert.equal(readFileSync(written, 'utf8'), attach([], { stdin: compose }).stdout);
    assert.equal(statSync(written).uid, uid);
    assert.equal(run([...words, '--check'], { flags }).status, 0);
    const refused = run(words, { flags: ['--volume', `${folder}:/work:ro`, '--user', String(uid)] });
    assert.deepEqual([refused.status, refused.stdout], [0, ''], 'what is written already needs no right to write');
    const other = run(['-f', 'compose.yaml', '-o', 'other.yaml'], { flags: ['--volume', `${folder}:/work:ro`] });
    assert.equal(other.status, 77);
  });

  test('without an input says what is missing', here, () => {
    const { status, stderr } = spawnSync('docker', ['run', '--rm', ...hardened, image], { encoding: 'utf8' });
    assert.equal(status, 64);
    assert.match(stderr, /stdin is empty: .*docker run needs -i/);
  });

  test('has no health to be asked for, no volume and no port, and is at home in /work', here, async () => {
    const config = JSON.parse(await dockerOutput('inspect', '--format', '{{json .Config}}', image));
    const { Healthcheck, Volumes, ExposedPorts, WorkingDir } = config;
    assert.deepEqual(
      { Healthcheck, Volumes, ExposedPorts, WorkingDir },
      { Healthcheck: undefined, Volumes: undefined, ExposedPorts: undefined, WorkingDir: '/work' },
    );
  });

  test('ends at once where it waits for its input and is told to', here, async (t) => {
    const container = await new Docker(t).run(image, { flags: ['--interactive', ...hardened] });
    // PID 1 takes no notice of a signal that it does not listen to yet
    const caught =
      "parseInt(/SigCgt:\\s*(\\w+)/.exec(require('fs').readFileSync('/proc/1/status', 'utf8'))[1].slice(-4), 16) & (1 << 14)";
    await until(
      'it listens to SIGTERM',
      async () => (await container.exec('/usr/local/bin/node', '-p', caught)).stdout.trim() === '16384',
    );
    assert.equal((await container.stop()).code, 143);
  });
});

describe('a line that attach run prints', () => {
  before(bakeForTests);

  const listen = "require('net').createServer().listen(7070)";

  test('attaches a sidecar to a container that runs', here, async (t) => {
    const application = await new Docker(t).run(testImage('base'), {
      flags: ['--entrypoint', '/usr/local/bin/node'],
      command: ['-e', listen],
    });
    const name = application.id.slice(0, 12);
    const listeners = pasted(run(['--tag', testTag, 'run', name, 'netprobe', 'ss', '-tln', '--json']).stdout);
    assert.deepEqual(
      JSON.parse(listeners).map(({ local }: { local: { port: number } }) => local.port),
      [7070],
    );
    const processes = JSON.parse(pasted(run(['--tag', testTag, 'run', name, 'netprobe', 'ps', '--json']).stdout));
    assert.match(JSON.stringify(processes), /listen\(7070\)/);
  });

  test('and to a service of compose, with what the file says of it', here, async (t) => {
    const folder = temporaryFolder(t);
    const text = `name: sidekick-test-run-${process.pid}
services:
  web:
    image: ${testImage('base')}
    entrypoint: [/usr/local/bin/node, -e, "${listen}"]
    volumes: [logs:/var/log/app]
    x-sidekick:
      logs: { paths: "/var/log/app/*.log", labels: { app: web, price: "5$$" } }
volumes: { logs: {} }
`;
    writeFileSync(join(folder, 'compose.yaml'), text);
    up(t, folder);
    const script = "require('fs').writeFileSync('/var/log/app/a.log', 'a line\\n')";
    spawnSync('docker', ['compose', 'exec', '--user', '0', 'web', '/usr/local/bin/node', '-e', script], { cwd: folder });
    const line = run(['--tag', testTag, '-f', 'compose.yaml', 'run', 'web', 'logs', '--once'], {
      flags: ['--volume', `${folder}:/work:ro`, '--user', String(statSync(folder).uid)],
    });
    assert.equal(line.status, 0, line.stderr);
    atEnd(t, () => dockerOutput('volume', 'rm', '--force', 'web-logs-state'));
    const { message, app, price } = JSON.parse(pasted(line.stdout, folder));
    assert.deepEqual({ message, app, price }, { message: 'a line', app: 'web', price: '5$' });
  });

  /** What a line says that is pasted into a shell. No terminal is there, so that none is asked for. */
  function pasted(line: string, cwd?: string): string {
    const { status, stdout, stderr } = spawnSync('sh', ['-c', line.replace(' -it ', ' ')], { encoding: 'utf8', cwd });
    assert.equal(status, 0, `${line}\n${stderr}`);
    return stdout;
  }

  function up(t: TestContext, cwd: string): void {
    const of = (...words: readonly string[]) => spawnSync('docker', ['compose', ...words], { cwd, encoding: 'utf8' });
    // before its folder goes
    atEnd(t, () => assert.equal(of('down', '--volumes', '--timeout', '2').status, 0));
    const { status, stderr } = of('up', '--detach', '--wait');
    assert.equal(status, 0, stderr);
  }
});
