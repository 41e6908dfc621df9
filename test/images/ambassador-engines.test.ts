import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { before, describe, type TestContext, test } from 'node:test';
import { type Container, docker, dockerOutput, hardened } from '#harness/docker.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { Peer } from '#harness/tcp.ts';
import { until } from '#harness/until.ts';
import { bakeForTests, testImage } from './baked.ts';
import { type Application, backendPort, Neighbours, servicePort } from './neighbours.ts';

const route = `${servicePort}=backend:${backendPort}`;

describe('sidekick/ambassador under Docker', () => {
  before(bakeForTests);

  test("the kernel carries plain routes under Docker's own seccomp profile", needs('docker'), async (t) => {
    const { application, sidecar } = await attached(t, [], [route]);
    assert.deepEqual(await enginesOf(application), ['splice']);
    await application.begin();
    await application.isAnsweredBy(['one']);
    assert.deepEqual(await warningsOf(sidecar), []);
  });

  test('where splice is forbidden, Node carries them, with one warning', needs('docker'), async (t) => {
    const profile = join(temporaryFolder(t), 'no-splice.json');
    const forbidden = { names: ['splice'], action: 'SCMP_ACT_ERRNO' };
    writeFileSync(profile, JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [forbidden] }));
    const { application, sidecar } = await attached(t, ['--security-opt', `seccomp=${profile}`], [route]);
    assert.deepEqual(await enginesOf(application), ['net']);
    await application.begin();
    await application.isAnsweredBy(['one']);
    assert.deepEqual((await application.report()).failures, []);
    const warnings = await warningsOf(sidecar);
    assert.equal(warnings.length, 1, warnings.join('\n'));
    assert.match(warnings[0] ?? '', /the splice engine cannot run here: splice .*EPERM/);
  });

  for (const engine of ['splice', 'net']) {
    test(`docker stop with a live stream lets it finish: ${engine}`, needs('docker'), async (t) => {
      const { application, sidecar } = await attached(t, ['--env', `AMBASSADOR_ENGINE=${engine}`], [route]);
      const stream = await streamTo(t, application);
      const stopped = sidecar.stop();
      await until('it is told', async () => (await sidecar.logs()).stdout.includes('stopping'));
      await until('nobody else is let in', async () => (await exec(application, refused)) === 'ECONNREFUSED');
      stream.socket.end('after the signal\n');
      assert.equal(await stream.ending, 'FIN');
      assert.equal(stream.received.toString(), 'one before\none after the signal\n');
      assert.equal((await stopped).code, 0);
    });

    test(`docker stop with a stream that never ends ends by itself: ${engine}`, needs('docker'), async (t) => {
      const flags = ['--env', `AMBASSADOR_ENGINE=${engine}`, '--env', 'SIDEKICK_GRACE=1s'];
      const { application, sidecar } = await attached(t, flags, [route]);
      await streamTo(t, application);
      assert.equal((await sidecar.stop()).code, 1, 'it ends by itself, before Docker kills it (137)');
      assert.match((await sidecar.logs()).stdout, /the grace of 1000 ms is over/);
    });
  }

  test('the words of old ambassadors are taken', needs('docker'), async (t) => {
    const { application } = await attached(t, [], [String(servicePort), 'backend', String(backendPort)]);
    await application.begin();
    await application.isAnsweredBy(['one']);
  });

  test('old links lead to what is linked', needs('docker'), async (t) => {
    const street = await Neighbours.move(t);
    const backend = await street.backend('linked', []);
    const link = ['--link', `${backend.id}:hasher`];
    const flags = [...hardened, ...link, ...(await linkVariables(link)), '--env', 'AMBASSADOR_LINKS=on'];
    const published = ['--publish', `127.0.0.1::${backendPort}`];
    const sidecar = await street.world.run(testImage('ambassador'), { flags: [...flags, ...published] });
    await sidecar.untilHealthy();
    const peer = dial(t, await dockerOutput('port', sidecar.id, `${backendPort}/tcp`));
    peer.socket.end('hello\n');
    assert.equal(await peer.ending, 'FIN');
    assert.equal(peer.received.toString(), 'linked hello\n');
  });

  test('a HEALTHCHECK asks where --admin says', needs('docker'), async (t) => {
    const { sidecar } = await attached(t, [], ['--admin', '127.0.0.1:9999', route]);
    const script = "fetch('http://127.0.0.1:9999/livez').then((answer) => console.log(answer.status))";
    assert.equal((await sidecar.exec('node', '-e', script)).stdout.trim(), '200');
  });
});

/** A backend called one, an application, and the sidecar attached to it and healthy. */
async function attached(t: TestContext, flags: readonly string[], command: readonly string[]) {
  const street = await Neighbours.move(t);
  const [application] = await Promise.all([street.application(), street.backend('one')]);
  const sidecar = await street.attach(application.container, { flags, command });
  await sidecar.untilHealthy();
  return { application, sidecar };
}

/** A stream from outside through the sidecar that has carried a line each way. */
async function streamTo(t: TestContext, application: Application): Promise<Peer> {
  const peer = dial(t, await application.published(servicePort));
  peer.socket.write('before\n');
  await peer.receives('one before\n'.length);
  return peer;
}

function dial(t: TestContext, address: string): Peer {
  const [host, port] = (address.split('\n')[0] ?? '').split(':');
  const socket = connect({ host, port: Number(port), allowHalfOpen: true });
  t.after(() => socket.destroy());
  return new Peer(socket);
}

/** Connects to the service once, and says how that went. */
const refused = `require('node:net').connect(${servicePort}, '127.0.0.1')
  .on('error', ({ code }) => console.log(code)).on('connect', function () { console.log('connected'); this.destroy(); })`;

async function exec({ container }: Application, script: string): Promise<string> {
  return (await container.exec('node', '-e', script)).stdout.trim();
}

async function enginesOf(application: Application): Promise<string[]> {
  const metrics = await application.ask('/metrics');
  return [...metrics.matchAll(/^sidekick_ambassador_engine_info\{.*engine="(\w+)".*\} 1$/gm)].map(([, engine]) => engine ?? '');
}

/** What its log warned of, but for what is about its backends. */
async function warningsOf(sidecar: Container): Promise<string[]> {
  const { stdout } = await sidecar.logs();
  const lines: { level: string; msg: string; part?: string }[] = stdout
    .split('\n')
    .flatMap((line) => (line ? JSON.parse(line) : []));
  return lines.filter(({ level, part }) => level !== 'info' && part === undefined).map(({ msg }) => msg);
}

/** What Docker says of a link in the environment, where it does so no more: from 29 on, unless it is told to. */
async function linkVariables(link: readonly string[]): Promise<string[]> {
  const print = ['-e', 'console.log(JSON.stringify(process.env))'];
  const { stdout } = await docker('run', '--rm', ...link, '--entrypoint', 'node', testImage('ambassador'), ...print);
  const name = `HASHER_PORT_${backendPort}_TCP`;
  return name in JSON.parse(stdout) ? [] : ['--env', `${name}=tcp://hasher:${backendPort}`];
}
