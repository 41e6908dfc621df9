// Secrets: in no command line, no log, no page, and nothing that is stored.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { needs } from '#harness/needs.ts';
import { S3Faults, swallowsAnswer } from '#harness/s3-faults.ts';
import { testBucket } from '#harness/s3-server.ts';
import { Daemon } from './daemon.ts';
import { Gate } from './gate.ts';
import { bucketEnv, filesIn, Scene } from './scene.ts';

/** The command lines of all processes that there are. */
function commandLines(): string {
  const read = (pid: string) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
    } catch {
      return '';
    }
  };
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(read)
    .join('\n');
}

for (const how of ['a passphrase', 'an identity'] as const)
  test(`${how}, the keys of a bucket, a webhook and its header fields`, needs('linux'), async (t) => {
    const gate = await Gate.open(t);
    const bucket = await testBucket(t, 'in-process');
    const faults = await S3Faults.start(t, bucket.access.endpoint);
    const identity = await generateIdentity();
    const secrets = {
      passphrase: 'hunter2-passphrase',
      key: 'hunter2-aws-secret',
      session: 'hunter2-session',
      webhook: 'hunter2-webhook',
      header: 'hunter2-header',
    };
    const keys =
      how === 'a passphrase'
        ? { BACKUP_PASSPHRASE: secrets.passphrase }
        : { BACKUP_AGE_RECIPIENTS: await identityToRecipient(identity), BACKUP_AGE_IDENTITY: identity };
    const scene = new Scene(t, {
      ...bucketEnv(bucket, faults.url),
      ...keys,
      AWS_SECRET_ACCESS_KEY: secrets.key,
      AWS_SESSION_TOKEN: secrets.session,
      BACKUP_NOTIFY: gate.url(`/${secrets.webhook}`),
      BACKUP_NOTIFY_ON: 'always',
      BACKUP_NOTIFY_HEADERS: `Authorization: Bearer ${secrets.header}`,
      BACKUP_BEFORE: gate.url('/before'),
      BACKUP_SCHEDULE: '* * * * * *',
      SIDEKICK_LOG_LEVEL: 'trace',
    });
    scene.env.BACKUP_TO = `file://${scene.store},${scene.env.BACKUP_TO}`;
    writeFileSync(scene.path('file'), 'one');
    gate.answers(`/${secrets.webhook}`, 403);
    // an attempt that fails is told, too
    faults.next('put', swallowsAnswer);

    const said: Record<string, string> = {};
    gate.hold('/before');
    const daemon = await Daemon.start(scene);
    await gate.came('/before');
    const [child] = daemon.children;
    assert.ok(child?.words.includes('now'));
    said['the command lines'] = commandLines();
    gate.release('/before');
    await gate.came(`/${secrets.webhook}`);
    await daemon.becomes('it saves', ({ runs }) => runs.saved > 0);
    for (const page of ['/status', '/metrics', '/readyz']) said[page] = await daemon.ask(page);
    const ended = await daemon.sidecar.stop();
    said['the log of the daemon and its runs'] = ended.stdout + ended.stderr;
    assert.match(ended.stderr, /could not be told \(BACKUP_NOTIFY\): it answers 403/);

    const failed = await scene.now({ BACKUP_SOURCES: '/no/such' });
    said['a run that fails'] = failed.stdout + failed.stderr;
    for (const words of [['--print-settings'], ['--check'], ['show', '2']]) {
      const { stdout, stderr } = await scene.run(words);
      said[words.join(' ')] = stdout + stderr;
    }
    assert.match(said['--print-settings'] ?? '', /BACKUP_NOTIFY\b/);
    const stored = filesIn(scene.store).map((file) => readFileSync(join(scene.store, file), 'latin1'));
    said['the folder that is a store'] = stored.join('\n');
    for (const key of await bucket.keys()) {
      const { Body } = await bucket.client.send(new GetObjectCommand({ Bucket: bucket.name, Key: key }));
      said[key] = (await Body?.transformToString('latin1')) ?? '';
    }
    for (const [place, text] of Object.entries(said))
      for (const secret of [...Object.values(secrets), identity])
        assert.ok(!text.includes(secret), `${secret} is in ${place}:\n${text}`);
  });
