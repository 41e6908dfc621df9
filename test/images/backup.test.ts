import assert from 'node:assert/strict';
import { before, describe, type TestContext, test } from 'node:test';
import { generateHybridIdentity, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { type Container, dockerOutput, reachHost } from '#harness/docker.ts';
import { needs } from '#harness/needs.ts';
import { bestS3, testBucket } from '#harness/s3-server.ts';
import { until } from '#harness/until.ts';
import { Gate } from '../sidecars/backup/whole/gate.ts';
import { bucketEnv, filesOf } from '../sidecars/backup/whole/scene.ts';
import { bakeForTests, testImage } from './baked.ts';
import { dataFolder, reader, restorer, Vault } from './vault.ts';

/** More private memory than this the sidecar may not keep while it waits. */
const mostAtRest = 17 * 2 ** 20;

describe('sidekick/backup beside an application in Docker', () => {
  before(bakeForTests);

  test('what several users have is saved and brought back as it was, with the least capabilities', needs('docker'), async (t) => {
    const vault = await Vault.open(t);
    const few = await vault.now(['--env', 'BACKUP_NAME=few']);
    const unreadable = few.manifest?.unreadable.paths.map(({ path }) => path.slice(dataFolder.length));
    assert.deepEqual([few.outcome, unreadable], ['saved', ['/deep/er', '/lines', '/setuid', '/shared']], few.log);
    const saved = await vault.now(reader);
    assert.deepEqual([saved.outcome, saved.manifest?.unreadable.count], ['saved', 0], saved.log);
    // the volume alone: nothing of the runtime, and nothing of the sidecar's own
    assert.deepEqual(saved.manifest?.sources, [dataFolder]);
    assert.equal(saved.manifest?.verified?.how, 'content');
    assert.deepEqual(
      (await vault.list(reader)).map(({ id }) => id),
      [saved.manifest?.id],
    );
    const verified = await vault.ask(['verify', '--all'], reader);
    assert.equal(verified.code, 0, verified.stdout + verified.stderr);

    const restored = await vault.world.volume();
    const flags = ['--volume', `${restored}:/restored`, ...restorer];
    const { code, stderr } = await vault.askAlone(['restore', '--to', '/restored'], flags);
    assert.deepEqual([code, troubles(stderr)], [0, []]);
    assert.equal(await vault.dataIn(restored, dataFolder), await vault.data());
  });

  test('what was lost is put back in place, under a read-only root', needs('docker'), async (t) => {
    const vault = await Vault.open(t);
    const before = await vault.data();
    await vault.now(reader);
    await vault.application.exec('sh', '-c', `rm -r ${dataFolder}/deep ${dataFolder}/lines; echo other >${dataFolder}/random`);
    const refused = await vault.ask(['restore', '--to', '/'], restorer);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /is not empty; name another folder, or add --overwrite/);
    const { code, stderr } = await vault.ask(['restore', '--to', '/', '--overwrite'], restorer);
    assert.deepEqual([code, troubles(stderr)], [0, []]);
    assert.equal(await vault.data(), before);
  });

  test('on a schedule: healthy, answers during a run, makes backups, and needs little memory', needs('docker'), async (t) => {
    const { vault, gate, sidecar } = await keeping(t);
    const [address] = (await dockerOutput('port', sidecar.id, '9802/tcp')).split('\n');
    const get = async (path: string) => {
      const answer = await fetch(`http://${address}${path}`);
      return { status: answer.status, text: await answer.text() };
    };
    await sidecar.untilHealthy();
    assert.match((await get('/metrics')).text, /^sidekick_backup_running 1$/m);
    assert.equal((await get('/livez')).status, 200);
    gate.release('/before');
    await until('a backup is there', async () => /^sidekick_backup_last_success_verified 1$/m.test((await get('/metrics')).text));
    assert.equal((await get('/readyz')).status, 200);
    const script =
      "console.log(/Private_Dirty: +(\\d+)/.exec(require('node:fs').readFileSync('/proc/1/smaps_rollup', 'utf8'))[1])";
    const bytes = Number((await sidecar.exec('node', '-e', script)).stdout) * 1024;
    t.diagnostic(`${(bytes / 2 ** 20).toFixed(1)} MiB private memory, after a run`);
    assert.ok(bytes > 0 && bytes <= mostAtRest, `${bytes} bytes`);
    assert.equal((await sidecar.stop()).code, 0);
    const backups = await vault.list();
    assert.ok(backups.length > 0);
    assert.deepEqual((await vault.stored()).sort(), filesOf(...backups));
  });

  test('docker stop in the middle of a run: it ends well, and nothing half is left', needs('docker'), async (t) => {
    const { vault, gate, sidecar } = await keeping(t);
    assert.ok((await vault.stored()).some(isHalf), 'something is under way');
    const { code, ms } = await sidecar.stop();
    t.diagnostic(`docker stop took ${ms.toFixed(0)} ms`);
    assert.equal(code, 0, 'it ends by itself, before Docker kills it (137)');
    assert.deepEqual(await vault.stored(), []);
    // and nobody has to wait for the lease
    gate.release('/before');
    assert.equal((await vault.now()).outcome, 'saved');
  });

  test('killed in the middle of a run: nothing is listed, and the next one cleans up', needs('docker'), async (t) => {
    const { vault, gate, sidecar } = await keeping(t);
    await sidecar.kill();
    assert.ok((await vault.stored()).some(isHalf));
    assert.deepEqual(await vault.list(), []);
    assert.match((await vault.ask(['unlock'])).stdout, /took the lease from the run/);
    gate.release('/before');
    await sidecar.start();
    await until('there is a backup', async () => (await vault.stored()).some((name) => name.endsWith('.json')));
    await sidecar.stop();
    assert.match((await sidecar.logs()).stderr, /removed what a run that was cut off had left/);
    assert.deepEqual((await vault.stored()).sort(), filesOf(...(await vault.list())));
  });

  test(
    'a database in use is copied, also under a read-only root; without room for that it is saved as it is',
    needs('docker'),
    async (t) => {
      const vault = await Vault.open(t, ['node', '/database.cjs']);
      const copied = await vault.now();
      assert.deepEqual([copied.outcome, copied.manifest?.warnings], ['saved', []], copied.log);
      assert.equal(copied.manifest?.counts.files, 1, 'the copy has everything in one file');
      const { outcome, manifest, log } = await vault.now(['--tmpfs', '/tmp:size=64k']);
      assert.equal(outcome, 'saved', log);
      assert.match(manifest?.warnings.join('\n') ?? '', /app\.db.*it is stored as it was found, and may not be whole/);
      assert.equal(manifest?.counts.files, 3);
    },
  );

  test('to S3, encrypted, and back', needs('docker', 'linux'), async (t) => {
    const [vault, bucket] = await Promise.all([Vault.open(t), testBucket(t, bestS3())]);
    for (const [name, make] of Object.entries({ usual: generateX25519Identity, hybrid: generateHybridIdentity })) {
      const identity = await make();
      const store = ['--network', 'host', ...environment({ ...bucketEnv(bucket), BACKUP_NAME: name })];
      const to = environment({ BACKUP_AGE_RECIPIENTS: await identityToRecipient(identity) });
      const { manifest, log } = await vault.now([...reader, ...store, ...to]);
      assert.deepEqual([manifest?.encryption, manifest?.verified?.how], ['recipients', 'content'], log);
      const restored = await vault.world.volume();
      const flags = [...store, ...environment({ BACKUP_AGE_IDENTITY: identity }), '--volume', `${restored}:/restored`];
      const { code, stderr } = await vault.askAlone(['restore', '--to', '/restored'], [...flags, ...restorer]);
      assert.deepEqual([code, troubles(stderr)], [0, []]);
      assert.equal(await vault.dataIn(restored, dataFolder), await vault.data());
    }
  });

  test('its state and its copies of databases have volumes of their own', needs('docker'), async () => {
    const config = JSON.parse(await dockerOutput('inspect', '--format', '{{json .Config.Volumes}}', testImage('backup')));
    assert.deepEqual(config, { '/state': {}, '/tmp': {} });
  });
});

/** The lines of a log that tell more than what is being done. */
function troubles(log: string): string[] {
  return log.split('\n').filter((line) => line !== '' && JSON.parse(line).level !== 'info');
}

/** A sidecar whose schedule is always due, in a run that waits for the application to hold still. */
async function keeping(t: TestContext): Promise<{ vault: Vault; gate: Gate; sidecar: Container }> {
  const [vault, gate] = await Promise.all([Vault.open(t), Gate.open(t, '0.0.0.0')]);
  gate.hold('/before');
  const settings = environment({ BACKUP_SCHEDULE: '* * * * * *', BACKUP_BEFORE: gate.url('/before') });
  const sidecar = await vault.keep([...settings, ...reachHost, '--publish', '127.0.0.1::9802']);
  await gate.came('/before');
  return { vault, gate, sidecar };
}

function environment(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
}

function isHalf(name: string): boolean {
  return name.endsWith('.sidekick-part');
}
