// Settings that are wrong: 64, the name, and what to do.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { Gate } from './gate.ts';
import { Scene } from './scene.ts';

interface Refusal {
  readonly env?: Readonly<Record<string, string>>;
  readonly words?: readonly string[];
  readonly told: readonly RegExp[];
}

const s3 = { BACKUP_TO: 's3://bucket/db1' };

/** What is refused, several at a time where they do not hide each other. */
const refusals: Readonly<Record<string, Refusal>> = {
  'values that are wrong one by one, all at once': {
    env: {
      BACKUP_TO: 'ftp://x',
      BACKUP_NAME: '../other',
      BACKUP_SOURCES: 'data',
      BACKUP_EXCLUDE: 'tmp/**',
      BACKUP_SCHEDULE: '61 * * * *',
      TZ: 'Europe/Nowhere',
      BACKUP_JITTER: '5',
      BACKUP_CATCH_UP: 'perhaps',
      BACKUP_OVERDUE: '-1h',
      BACKUP_FULL: 'yearly',
      BACKUP_BEFORE: 'systemctl stop app',
      BACKUP_AFTER: 'signal:NONE@app',
      BACKUP_HOOK_TIMEOUT: '1ms',
      BACKUP_SQLITE: '2',
      BACKUP_TMP: 'tmp',
      BACKUP_MAX_CHANGED: '110%',
      BACKUP_UNREADABLE: 'ignore',
      BACKUP_MIN_RATIO: 'half',
      BACKUP_LEVEL: '20',
    },
    told: [
      /19 settings are wrong/,
      /BACKUP_TO=ftp:\/\/x /,
      /BACKUP_NAME=\.\.\/other is no name/,
      /BACKUP_SOURCES=data is not an absolute path/,
      /BACKUP_EXCLUDE=tmp/,
      /BACKUP_SCHEDULE=61/,
      /TZ=Europe\/Nowhere/,
      /BACKUP_JITTER=5 needs a unit/,
      /BACKUP_CATCH_UP=perhaps/,
      /BACKUP_OVERDUE=-1h/,
      /BACKUP_FULL=yearly/,
      /BACKUP_BEFORE=systemctl stop app is no hook/,
      /BACKUP_AFTER=signal:NONE@app/,
      /BACKUP_HOOK_TIMEOUT=1ms/,
      /BACKUP_SQLITE=2/,
      /BACKUP_TMP=tmp/,
      /BACKUP_MAX_CHANGED=110% is too large/,
      /BACKUP_UNREADABLE=ignore/,
      /BACKUP_MIN_RATIO=half is no share/,
      /BACKUP_LEVEL=20/,
    ],
  },
  'values of encryption, retention, the webhook and S3': {
    env: {
      BACKUP_AGE_RECIPIENTS: 'age1nobody',
      BACKUP_AGE_IDENTITY: 'AGE-SECRET-KEY-1HUNTER2',
      BACKUP_KEEP: 'dayly=7',
      BACKUP_VERIFY: 'sometimes',
      BACKUP_STATE: 'state',
      BACKUP_NOTIFY: 'mailto:hunter2@example.org',
      BACKUP_NOTIFY_ON: 'never',
      BACKUP_NOTIFY_TEMPLATE: '{{nonsense}}',
      BACKUP_NOTIFY_HEADERS: 'hunter2',
      AWS_ENDPOINT_URL_S3: 'ceph:8080',
      BACKUP_S3_PATH_STYLE: 'x',
      BACKUP_S3_CA: 'ca.pem',
      BACKUP_S3_ENCRYPTION: 'rot13',
      BACKUP_S3_CUSTOMER_KEY: 'hunter2',
      BACKUP_S3_LOCK: 'on',
      BACKUP_S3_LOCK_FOR: '1h',
      BACKUP_S3_PART_SIZE: '1Mi',
      BACKUP_S3_IN_FLIGHT: '0',
      BACKUP_S3_TIMEOUT: '1',
    },
    told: [
      /19 settings are wrong/,
      /BACKUP_AGE_RECIPIENTS/,
      /BACKUP_AGE_IDENTITY/,
      /BACKUP_KEEP=dayly=7 has an unknown rule, dayly; did you mean daily\?/,
      /BACKUP_VERIFY=sometimes/,
      /BACKUP_STATE=state/,
      /BACKUP_NOTIFY /,
      /BACKUP_NOTIFY_ON=never/,
      /BACKUP_NOTIFY_TEMPLATE=\{\{nonsense\}\}/,
      /BACKUP_NOTIFY_HEADERS holds a line that is not a header/,
      /AWS_ENDPOINT_URL_S3=ceph:8080/,
      /BACKUP_S3_PATH_STYLE=x/,
      /BACKUP_S3_CA=ca\.pem/,
      /BACKUP_S3_ENCRYPTION=rot13/,
      /BACKUP_S3_CUSTOMER_KEY is no key: it has to be 32 bytes in base64/,
      /BACKUP_S3_LOCK=on/,
      /BACKUP_S3_LOCK_FOR=1h/,
      /BACKUP_S3_PART_SIZE=1Mi/,
      /BACKUP_S3_IN_FLIGHT=0/,
      /BACKUP_S3_TIMEOUT=1 needs a unit/,
    ],
  },
  'no store': { env: { BACKUP_TO: '' }, told: [/BACKUP_TO is missing.*write file:\/\/\/folder or s3:\/\/bucket\/folder/] },
  'stores that are none': {
    env: {
      BACKUP_TO: 'file://host/folder,s3://bucket/a//b,s3://bucket/?nonsense=1,file:///a%2Fb,file:///a?b,s3://bucket,s3://bucket/',
    },
    told: [
      /BACKUP_TO=file:\/\/host\/folder names a host; a folder has three slashes/,
      /BACKUP_TO: s3:\/\/bucket\/a\/\/b has a folder without a name/,
      /has an unknown parameter nonsense/,
      /BACKUP_TO=file:\/\/\/a%2Fb is no path/,
      /BACKUP_TO=file:\/\/\/a\?b has a \? or a #/,
      /BACKUP_TO names a store twice/,
    ],
  },
  'settings of S3 without it, and halves of pairs': {
    env: {
      BACKUP_S3_STORAGE_CLASS: 'STANDARD_IA',
      BACKUP_S3_KMS_KEY: 'key',
      BACKUP_S3_ENCRYPTION: 'customer',
      BACKUP_S3_LOCK: 'governance',
      AWS_ACCESS_KEY_ID: 'key',
      BACKUP_NOTIFY_TEMPLATE: 'words',
    },
    told: [
      /BACKUP_S3_STORAGE_CLASS is set, and only a store at s3:\/\/ reads it/,
      /BACKUP_S3_KMS_KEY is set without BACKUP_S3_ENCRYPTION=aws:kms/,
      /BACKUP_S3_CUSTOMER_KEY and BACKUP_S3_ENCRYPTION=customer belong together/,
      /BACKUP_S3_LOCK and BACKUP_S3_LOCK_FOR belong together/,
      /AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY belong together/,
      /BACKUP_NOTIFY_TEMPLATE or BACKUP_NOTIFY_HEADERS is set without BACKUP_NOTIFY/,
    ],
  },
  'names that are none, and what is given twice': {
    env: { BACKUP_SHEDULE: '@daily', BACKUP_PASSPHRASE: 'a', BACKUP_PASSPHRASE_FILE: '/b', BACKUP_NOTIFY_FILE: '/no/such' },
    words: ['--nme=db1', '--passphrase=hunter2'],
    told: [
      /BACKUP_SHEDULE \(environment\) is no option; did you mean BACKUP_SCHEDULE\?/,
      /BACKUP_PASSPHRASE and BACKUP_PASSPHRASE_FILE are both set/,
      /BACKUP_NOTIFY_FILE=\/no\/such cannot be read: ENOENT/,
      /--nme is no flag; did you mean --name\?/,
      /--passphrase.*BACKUP_PASSPHRASE/,
    ],
  },
  'sources that are ours': {
    env: { BACKUP_STATE: '/var/state', BACKUP_TO: 'file:///backups/', BACKUP_SOURCES: '/var/state/x,/backups' },
    told: [
      /BACKUP_SOURCES names \/var\/state\/x, and \/var\/state belongs to the sidecar itself/,
      /BACKUP_SOURCES names \/backups, and/,
    ],
  },
  'a verb that is none': { words: ['nwo'], told: [/nwo/, /did you mean now\?/] },
  'words that a verb does not take': { words: ['now', 'db1'], told: [/db1: now takes no such words/] },
  'a verb without what it needs': { words: ['show'], told: [/one ID is needed/] },
  'an ID and --all': { words: ['verify', '2026', '--all'], told: [/--all and an ID are both given/] },
  'a time that is none': {
    words: ['now', '--scheduled=yesterday'],
    told: [/--scheduled=yesterday is no time, such as 2026-11-26T03:15:00Z/],
  },
  'prune without rules': { words: ['prune'], told: [/BACKUP_KEEP is not set, and so all backups stay; set it/] },
  'authorities that are not there': {
    env: { ...s3, BACKUP_S3_CA: '/no/such' },
    words: ['list'],
    told: [/BACKUP_S3_CA=\/no\/such cannot be read: ENOENT/],
  },
};

describe('refused with 64', () => {
  for (const [title, { env = {}, words = [], told }] of Object.entries(refusals))
    test(title, async (t) => {
      const { code, stdout, stderr } = await new Scene(t, env).run(words);
      const said = stdout + stderr;
      assert.equal(code, 64, said);
      for (const line of told) assert.match(said, line);
      assert.doesNotMatch(said, /hunter2/i);
    });

  test('two ways to encrypt', async (t) => {
    const identity = await generateIdentity();
    const { code, stderr } = await new Scene(t, {
      BACKUP_PASSPHRASE: 'hunter2',
      BACKUP_AGE_RECIPIENTS: await identityToRecipient(identity),
      BACKUP_AGE_IDENTITY: identity,
    }).run(['now']);
    assert.equal(code, 64);
    assert.match(stderr, /BACKUP_PASSPHRASE and BACKUP_AGE_RECIPIENTS are both set; keep one of them/);
    assert.match(stderr, /BACKUP_PASSPHRASE and BACKUP_AGE_IDENTITY are both set; keep one of them/);
    assert.ok(!stderr.includes(identity) && !stderr.includes('hunter2'));
  });

  test('an admin address that is taken, by the daemon; a verb beside it opens none', async (t) => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.close());
    const address = server.address();
    assert.ok(address !== null && typeof address === 'object');
    const listen = `127.0.0.1:${address.port}`;
    const scene = new Scene(t);
    const { code, stdout } = await scene.run([], { BACKUP_ADMIN: listen });
    assert.equal(code, 64);
    assert.match(stdout, new RegExp(`BACKUP_ADMIN=${listen} is taken by another program`));
    // in the container of the daemon it has the daemon's environment; a flag is its own
    const { BACKUP_TO = '' } = scene.env;
    for (const admin of ['', listen]) assert.equal((await scene.run(['list'], { BACKUP_TO, BACKUP_ADMIN: admin })).code, 0);
    const asked = await scene.run(['list', `--admin=${listen}`], { BACKUP_TO });
    assert.deepEqual([asked.code, /is taken by another program/.test(asked.stderr)], [64, true]);
  });
});

test('--help tells every option and verb; --print-settings is read again as it is', async (t) => {
  const gate = await Gate.open(t);
  const scene = new Scene(t, {
    BACKUP_EXCLUDE: '/data/{a,b}/**',
    BACKUP_KEEP: 'last=3,daily=7',
    BACKUP_BEFORE: 'signal:USR1@postgres',
    BACKUP_NOTIFY: gate.url('/hunter2'),
    BACKUP_MIN_RATIO: '12.5%',
  });
  const { stdout: help } = await scene.run(['--help']);
  for (const name of ['BACKUP_TO', 'BACKUP_SCHEDULE', 'BACKUP_KEEP', 'AWS_ACCESS_KEY_ID', 'TZ', 'now', 'restore', 'unlock'])
    assert.ok(help.includes(name), name);
  const first = await scene.run(['--print-settings']);
  assert.equal(first.code, 0, first.stderr);
  assert.doesNotMatch(first.stdout, /hunter2/);
  const file = join(scene.folder, 'settings');
  writeFileSync(file, first.stdout.replaceAll(/^BACKUP_NOTIFY=.*$/gm, ''));
  for (const name of Object.keys(scene.env)) if (name !== 'BACKUP_NOTIFY') delete scene.env[name];
  const second = await scene.run(['--print-settings', '--settings', file]);
  assert.equal(second.code, 0, second.stderr);
  const values = (text: string) =>
    text
      .split('\n')
      .filter((line) => /^[A-Z]/.test(line))
      .map((line) => line.replace(/ +#.*/, ''));
  assert.deepEqual(values(second.stdout), values(first.stdout));
});
