import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { dockerOutput } from '#harness/docker.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import { bakeForTests } from './baked.ts';
import { Neighbours, servicePort } from './neighbours.ts';

const route = `${servicePort}=backend:7000`;

describe('sidekick/ambassador beside an application in Docker', () => {
  before(bakeForTests);

  test('backends of one name go from 1 to 3 to 1, and no connection is lost', needs('docker'), async (t) => {
    const street = await Neighbours.move(t);
    const [first, application] = await Promise.all([street.backend('first'), street.application()]);
    const sidecar = await street.attach(application.container, { command: [`${route}?connect-timeout=500ms`] });
    await sidecar.untilHealthy();
    await application.begin();
    await application.isAnsweredBy(['first']);

    const [second] = await Promise.all([street.backend('second'), street.backend('third')]);
    await application.isAnsweredBy(['first', 'second', 'third']);

    // what a backend has begun goes with it, and nobody could save that; whoever comes afterwards is to notice nothing
    await application.hold();
    await Promise.all([first.kill(), second.kill()]);
    await application.begin();
    await application.isAnsweredBy(['third'], 100);
    const backends = async () => JSON.parse(await application.ask('/status')).routes[0].backends;
    await until('the two are forgotten', async () => (await backends()).length === 1);
    assert.deepEqual((await application.report()).failures, []);
    assert.equal((await sidecar.stop()).code, 0);
  });

  test('a backend that comes back with another address is found without a restart', needs('docker'), async (t) => {
    const street = await Neighbours.move(t);
    const [backend, application] = await Promise.all([street.backend('itself'), street.application()]);
    const sidecar = await street.attach(application.container, { command: [`${route}?connect-timeout=500ms&hold=30s`] });
    await sidecar.untilHealthy();
    await application.begin();
    await application.isAnsweredBy(['itself']);
    const before = await addressOf(backend.id);

    await application.hold();
    await backend.kill();
    // it listens elsewhere: the old address refuses
    const stranger = () => street.backend('stranger', ['--network', street.network, '--env', 'PORT=1']);
    for (let tries = 0; (await addressOf((await stranger()).id)) !== before; tries += 1)
      assert.ok(tries < 20, `Docker gives ${before} to nobody`);
    await application.begin();
    await until('connections are held', async () => /_waiting\{.*\} [1-9]/.test(await application.ask('/metrics')));
    await backend.start();
    assert.notEqual(await addressOf(backend.id), before);
    await application.isAnsweredBy(['itself'], 100);
    const { answers, failures } = await application.report();
    assert.deepEqual({ failures, names: Object.keys(answers) }, { failures: [], names: ['itself'] });
  });

  for (const user of ['65532', '12345:54321']) {
    for (const port of [80, servicePort]) {
      test(`user ${user} may listen on port ${port}`, needs('docker'), async (t) => {
        const street = await Neighbours.move(t);
        const [application] = await Promise.all([street.application(port), street.backend('one')]);
        const sidecar = await street.attach(application.container, {
          flags: ['--user', user],
          command: [`${port}=backend:7000`],
        });
        await sidecar.untilHealthy();
        await until('it is ready', async () => (await application.ask('/readyz')).includes(`[+] route ${port} ok`));
        await application.begin();
        await application.isAnsweredBy(['one']);
        assert.deepEqual((await application.report()).failures, []);
      });
    }
  }

  test('a port that the application has itself is told of by name', needs('docker'), async (t) => {
    const street = await Neighbours.move(t);
    const backend = await street.backend('one');
    const sidecar = await street.attach(backend, { command: ['7000=elsewhere:7000'] });
    assert.equal(await sidecar.wait(), 64);
    const { stdout, stderr } = await sidecar.logs();
    assert.match(stdout + stderr, /route 7000: :7000 is taken by another program in this network namespace/);
  });
});

/** The address of a container on the one network that it has. */
function addressOf(container: string): Promise<string> {
  return dockerOutput('inspect', '--format', '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}', container);
}
