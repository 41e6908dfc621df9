// Alone, as Docker's name server forgets the networks of all containers when a Swarm is left.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { docker, dockerOutput } from '#harness/docker.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import { Stack } from './stack.ts';

const file = new URL('stack.yaml', import.meta.url);
const backup = ['node', '--disable-warning=ExperimentalWarning', '/sidekick/backup.cjs'];

test(
  'in a Swarm an ambassador stands before tasks, logs are shipped from each node, and a volume is saved',
  needs('docker'),
  async (t) => {
    assert.equal(await Stack.state(), 'inactive', 'this machine is in a Swarm already, which is left alone: docker swarm leave');
    const stack = await Stack.deploy(t, file, { WEB_PORT: '0' }, ['shop-token', 'shop-passphrase']);
    const web = await stack.url('web', 8080);
    let visits = 0;
    const visit = async () => {
      const answer = await fetch(`${web}/tea-${visits}`);
      assert.equal(answer.status, 200, await answer.clone().text());
      visits += 1;
      return ((await answer.json()) as { server: string }).server;
    };
    const servers = async (count: number) => {
      const seen = new Set<string>();
      await until(`${count} servers tell prices`, async () => seen.add(await visit()).size >= count);
      return seen;
    };

    const before = await servers(3);
    for (const service of ['pricing-server', 'pricing-ambassador']) {
      await dockerOutput('kill', (await stack.containers(service))[0] ?? '');
      for (let goal = visits + 50; visits < goal; ) await visit();
    }
    await stack.isWhole();
    await until('the new task is found', async () => !before.has(await visit()));

    await stack.deploy({ ROUTES: '2' });
    await until('the ambassadors have their new routes', async () => {
      const state = await stack.inspect(
        'pricing-ambassador',
        '{{.UpdateStatus.State}} {{json .Spec.TaskTemplate.ContainerSpec.Configs}}',
      );
      return /^completed .*"ConfigName":"shop-routes-2"/.test(state);
    });
    await servers(3);

    const lines = "fetch('http://archive:8080/').then((answer) => answer.json()).then(({ lines }) => console.log(lines))";
    await until('every line has arrived', async () => (await stack.exec('web', 'node', '--eval', lines)) === String(visits));
    const refused = "fetch('http://archive:8080/lines', { method: 'POST' }).then(({ status }) => console.log(status))";
    assert.equal(await stack.exec('web', 'node', '--eval', refused), '401');

    await stack.exec('archive-backup', ...backup, 'now');
    const [made] = JSON.parse(await stack.exec('archive-backup', ...backup, 'list', '--json')).slice(-1);
    const saved = await stack.exec('archive-backup', ...backup, 'show', made.id, '/data/lines.ndjson');
    assert.equal(saved, await stack.exec('archive', 'cat', '/data/lines.ndjson'));
    assert.equal(saved.split('\n').length, visits);

    for (const [service, megabytes] of [
      ['pricing-ambassador', 64],
      ['web-logs', 64],
      ['archive-backup', 192],
    ] as const)
      for (const { Config, HostConfig } of await stack.hardening(service))
        assert.deepEqual(
          [Config.User, HostConfig.ReadonlyRootfs, HostConfig.CapDrop, HostConfig.Memory, HostConfig.PidsLimit],
          ['65532', true, ['ALL'], megabytes * 2 ** 20, 64],
        );

    const [task] = await stack.containers('web');
    const probe = ['run', '--rm', '--net', `container:${task}`, 'sidekick/netprobe', 'check', 'http://pricing:8080/tea'];
    assert.equal((await docker(...probe)).code, 0);
  },
);
