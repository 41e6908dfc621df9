// Several destinations at once, and the settings that each has of its own.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { temporaryFolder } from '#harness/folder.ts';
import { runSidecar } from '#harness/process.ts';
import { Receiver } from '#harness/receiver.ts';
import { until } from '#harness/until.ts';
import { read } from '#shared/config/read.ts';
import { program } from '../../../sidecars/logs/config.ts';
import { parametersOf } from '../../../sidecars/logs/destinations/parameters.ts';
import { Application, append, compare, exact, scene, settle } from './scene.ts';

describe('several at once', () => {
  test('one that is down holds up nobody; it gets all when it comes back; status, metrics and health tell of each', async (t) => {
    const late = await Receiver.start(t);
    late.behave = () => 'reset';
    const { receiver, path, start } = await scene(t, '*.log', { LOGS_ADMIN: '127.0.0.1:0', LOGS_BATCH_BYTES: '16Ki' });
    const app = new Application(path('app.log'));
    app.write(10_000);
    const sidecar = start({ LOGS_TO: `${receiver.url},${late.url}` });
    const admin = await sidecar.admin();
    await receiver.got(10_000);
    app.write(100);
    await receiver.got(10_100);
    await until('the other one is degraded', async () =>
      (await text(`${admin}/readyz`)).includes(`[~] sink:${late.url} degraded: `),
    );
    const ready = await text(`${admin}/readyz`);
    assert.ok(ready.includes(`[+] sink:${receiver.url} ok\n`), ready);
    assert.match(ready, /^ready$/m);
    const metrics = await text(`${admin}/metrics`);
    assert.ok(metrics.includes(`sidekick_logs_lines_total{destination="${receiver.url}"} 10100\n`), metrics);
    assert.ok(metrics.includes(`sidekick_logs_lines_total{destination="${late.url}"} 0\n`), metrics);
    assert.match(metrics, /^sidekick_logs_files\{standing="named"\} 1$/m);
    const { destinations } = JSON.parse(await text(`${admin}/status`));
    assert.deepEqual(
      destinations.map(({ name, state }: { name: string; state: string }) => [name, state]),
      [
        [receiver.url, 'ok'],
        [late.url, 'degraded'],
      ],
    );
    assert.equal(destinations[1].lag[path('app.log')].bytes > 0, true);
    late.behave = () => 200;
    await late.got(10_100);
    assert.equal((await sidecar.stop()).code, 0);
    assert.deepEqual([compare(app.written, receiver.messages), compare(app.written, late.messages)], [exact, exact]);
  });

  test('told to stop with one that is dead: the other gets what is there by now, and the dead one all at the next start', async (t) => {
    const dead = await Receiver.start(t);
    dead.behave = () => 'silence';
    const { receiver, path, start } = await scene(t);
    const to = { LOGS_TO: `${dead.url},${receiver.url}` };
    const app = new Application(path('app.log'));
    app.write(10);
    const sidecar = start({ ...to, LOGS_RESCAN: '1h', LOGS_WATCH: 'false' });
    await receiver.got(10);
    await until('a batch waits for the dead one', () => dead.unanswered.size > 0);
    app.write(5000);
    const { code, stdout, stderr } = await sidecar.stop();
    assert.equal(code, 0, stderr);
    assert.match(stdout, new RegExp(`"destination":"${dead.url}".*left in the files for the next start`));
    assert.deepEqual(compare(app.written, receiver.messages), exact);
    dead.behave = () => 200;
    const next = start(to);
    await dead.got(app.written.length);
    assert.equal((await next.stop()).code, 0);
    assert.deepEqual(compare(app.written, receiver.messages), exact);
  });

  test('--once ends when all have all; told to stop with one that is dead, the others are whole, and it exits 1', async (t) => {
    const dead = await Receiver.start(t);
    dead.behave = () => 503;
    const { receiver, path, start } = await scene(t);
    const to = { LOGS_TO: `${dead.url},${receiver.url}` };
    const app = new Application(path('app.log'));
    app.write(5000);
    const job = start(to, ['--once']);
    await receiver.got(5000);
    await until('it is sent again', () => dead.refusals.length > 1);
    const { code, stderr } = await job.stop();
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`stopped with \\d+ bytes left in the files: run it again to ship them to ${dead.url}`));
    dead.behave = () => 200;
    assert.equal((await start(to, ['--once']).ended).code, 0);
    assert.deepEqual([compare(app.written, receiver.messages), compare(app.written, dead.messages)], [exact, exact]);
  });

  test('stdout beside another: records on stdout, its own log on stderr; a reader that goes away ends the sidecar, and the other has all', async (t) => {
    const { receiver, path, start } = await scene(t);
    const app = new Application(path('app.log'));
    app.write(3);
    const sidecar = start({ LOGS_TO: `stdout:,${receiver.url}` });
    await until('all is printed', () => sidecar.stdout.split('\n').length === 4);
    await receiver.got(3);
    assert.deepEqual(
      sidecar.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).message),
      app.written,
    );
    assert.match(sidecar.stderr, /"msg":"started"/);
    sidecar.child.stdout?.destroy();
    app.write(10);
    const { code, stderr } = await sidecar.ended;
    assert.equal(code, 1);
    assert.match(stderr, /"level":"fatal".*stdout was closed by its reader/);
    assert.deepEqual(compare(app.written, receiver.messages), exact);
  });

  test('--once with a stdout that nobody reads: the other gets all, and it exits 1', async (t) => {
    const { receiver, path, start } = await scene(t);
    const app = new Application(path('app.log'));
    app.write(20_000);
    const job = start({ LOGS_TO: `stdout:,${receiver.url}` }, ['--once']);
    job.child.stdout?.destroy();
    const { code, stderr } = await job.ended;
    assert.equal(code, 1);
    assert.match(stderr, /"level":"fatal".*stdout was closed by its reader/);
    assert.deepEqual(compare(app.written, receiver.messages), exact);
  });

  test('a deleted file is kept for the one that lacks it', async (t) => {
    const late = await Receiver.start(t);
    late.behave = () => 'reset';
    const { receiver, path, start } = await scene(t, '*.log', { LOGS_LINGER: '100ms', LOGS_RESCAN: '100ms' });
    const app = new Application(path('app.log'));
    app.write(1000);
    const sidecar = start({ LOGS_TO: `${receiver.url},${late.url}` });
    await receiver.got(1000);
    rmSync(app.path);
    await settle();
    late.behave = () => 200;
    await late.got(1000);
    assert.equal((await sidecar.stop()).code, 0);
    assert.deepEqual(compare(app.written, late.messages), exact);
  });

  test('the dead letters are not followed, also where a glob matches them', async (t) => {
    const { receiver, path, start } = await scene(t);
    receiver.behave = () => 400;
    append(path('app.log'), 'one\n');
    const dead = path('dead.log');
    start({ LOGS_DEAD_LETTER: dead });
    await until('it is among the dead letters', () => existsSync(dead) && readFileSync(dead, 'utf8').includes('"message":"one"'));
    append(path('app.log'), 'two\n');
    await until('so is the next', () => readFileSync(dead, 'utf8').includes('"message":"two"'));
    await settle();
    assert.equal(readFileSync(dead, 'utf8').trim().split('\n').length, 2);
  });

  test('--check asks each of them', async (t) => {
    const { receiver, env } = await scene(t);
    const dead = 'http://127.0.0.1:1/in';
    const { code, stdout } = await runSidecar(t, 'logs', { ...env, LOGS_TO: `${receiver.url},${dead}` }, ['--check']);
    assert.equal(code, 1);
    assert.ok(stdout.includes(`ok    sink:${receiver.url}: `), stdout);
    assert.ok(stdout.includes(`FAIL  sink:${dead}: `), stdout);
  });
});

describe('settings in the URL', () => {
  test('each HTTP destination gets its own token, from its own file, and its query stays', async (t) => {
    const { receiver, path, env } = await scene(t);
    const other = await Receiver.start(t);
    const secrets = temporaryFolder(t);
    writeFileSync(join(secrets, 'a'), 'token-a\n');
    writeFileSync(join(secrets, 'b'), 'hunter2');
    const paths: (string | undefined)[] = [];
    receiver.behave = ({ url }) => {
      paths.push(url);
      return 200;
    };
    append(path('app.log'), 'one\n');
    const to = `${receiver.url}?source=x#token-file=${secrets}/a&flush=0s,${other.url}#user=me&password-file=${secrets}/b`;
    const { code, stdout, stderr } = await runSidecar(t, 'logs', { ...env, LOGS_TO: to }, ['--once']);
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stdout + stderr, /hunter2|token-a/);
    assert.deepEqual(paths, ['/in?source=x']);
    assert.equal(receiver.batches[0]?.headers.authorization, 'Bearer token-a');
    assert.equal(other.batches[0]?.headers.authorization, `Basic ${Buffer.from('me:hunter2').toString('base64')}`);
  });

  test('are taken out of it, before a query or behind a #', () => {
    const loki = parametersOf(new URL('loki+http://l:3100/x?tenant=a&loki-labels=file%2Chost&timeout=1m'));
    assert.deepEqual(
      [loki.url.href, loki.given, loki.problems],
      ['loki+http://l:3100/x', { tenant: 'a', lokiLabels: ['file', 'host'], timeout: 60_000 }, []],
    );
    const http = parametersOf(new URL('https://h/in?timeout=x#batch-bytes=64Ki&token-file=/t'));
    assert.deepEqual(
      [http.url.href, http.given, http.files],
      ['https://h/in?timeout=x', { batchBytes: 65_536 }, { token: '/t' }],
    );
    const s3 = parametersOf(new URL('s3://b/f?endpoint=https://s3.example:9000&path-style=true&profile=p'));
    assert.deepEqual(
      [s3.url.href, s3.given.awsEndpoint?.href, s3.given.s3PathStyle],
      ['s3://b/f', 'https://s3.example:9000/', true],
    );
    assert.deepEqual([s3.given.awsProfile, 'awsAccessKeyId' in s3.given], ['p', true]);
  });

  for (const [what, content, told] of [
    ['missing', undefined, /LOGS_TO=http:.*\/in: token-file=.*secret cannot be read: ENOENT.*; check the path/],
    ['empty', '\n', /token-file=.*secret is empty; write the value into it/],
    ['of two words', 'a b', /LOGS_TO=http:.*\/in: token-file holds a space/],
  ] as const) {
    test(`a file of a secret that is ${what}`, async (t) => {
      const { receiver, env } = await scene(t);
      const secret = join(temporaryFolder(t), 'secret');
      if (content !== undefined) writeFileSync(secret, content);
      const { code, stdout, stderr } = await runSidecar(t, 'logs', { ...env, LOGS_TO: `${receiver.url}#token-file=${secret}` });
      assert.equal(code, 64);
      assert.match(stdout + stderr, told);
      const checked = await runSidecar(t, 'logs', { ...env, LOGS_TO: `${receiver.url}#token-file=${secret}` }, ['--check']);
      assert.equal(checked.code, 1);
      assert.match(checked.stdout, /^FAIL {2}sink: LOGS_TO=.*token-file/m);
      assert.match(checked.stdout, /^ok {4}state: /m);
    });
  }
});

describe('refused with the name and the remedy', () => {
  const two = 'http://a/,http://b/';
  const refusals: readonly (readonly [env: Record<string, string>, ...told: RegExp[]])[] = [
    [
      { LOGS_TO: 'loki+http://l/?tenat=a' },
      /LOGS_TO=loki\+http:\/\/l\/: tenat is no setting of it; did you mean tenant\?; known are batch-bytes, flush,/,
    ],
    [{ LOGS_TO: 'http://a/#index=x' }, /LOGS_TO=http:\/\/a\/: index is no setting of it.*token-file/],
    [{ LOGS_TO: 'http://a/#token=hunter2' }, /LOGS_TO=http:\/\/a\/: token is a secret.* token-file=PATH/],
    [{ LOGS_TO: 'http://a/#timeout=3' }, /LOGS_TO=http:\/\/a\/: timeout=3 needs a unit/],
    [{ LOGS_TO: 'syslog+tcp://h?syslog-facility=x' }, /syslog-facility=x is none of user, daemon/],
    [{ LOGS_TO: 'syslog+udp://h?index=x' }, /index is no setting of it/],
    [{ LOGS_TO: 'http://a/#flush=1s&flush=2s' }, /flush is given twice/],
    [{ LOGS_TO: 'http://a/#flush=' }, /flush has no value/],
    [{ LOGS_TO: 'http://a/#ca=/x' }, /LOGS_TO=http:\/\/a\/: ca is set, and http:\/\/ has no certificates/],
    [{ LOGS_TO: 'http://a/?x,http://a/?y' }, /LOGS_TO names http:\/\/a\/ twice/],
    [{ LOGS_TO: 'stdout:,stdout:' }, /LOGS_TO names stdout twice/],
    [{ LOGS_TO: 's3:///folder' }, /LOGS_TO=s3:\/\/\/folder names no bucket; write s3:\/\/BUCKET\/FOLDER/],
    [{ LOGS_TO: 'syslog+udp:///' }, /names no host; write syslog\+udp:\/\/HOST:PORT/],
    [{ LOGS_TO: two, LOGS_TOKEN: 'hunter2' }, /LOGS_TOKEN is set, and 2 destinations would get it; .* token-file=…/],
    [{ LOGS_TO: two, LOGS_USER: 'a', LOGS_PASSWORD: 'hunter2' }, /LOGS_USER is set, and 2/, /LOGS_PASSWORD is set, and 2/],
    [{ LOGS_TO: 'http://a/,loki+http://l/', LOGS_HEADERS: 'X-A: hunter2' }, /LOGS_HEADERS is set, and 2 .* headers-file=…/],
    [
      { LOGS_TO: 'https://a/,syslog+tls://b', LOGS_CERT: '/c', LOGS_KEY: '/k' },
      /LOGS_CERT is set, and 2/,
      /LOGS_KEY is set, and 2/,
    ],
    [{ LOGS_TO: 'https://a/', LOGS_CERT: '/c' }, /LOGS_CERT is set without LOGS_KEY/],
    [{ LOGS_TO: 'http://a/', LOGS_CERT: '/c', LOGS_KEY: '/k' }, /LOGS_KEY is set, and http:\/\/ has no certificates/],
    [{ LOGS_CA: '/c' }, /LOGS_CA is set, and no destination of LOGS_TO has certificates/],
    [{ LOGS_TO: 'syslog+tcp://a', LOGS_CA: '/c' }, /let LOGS_TO begin with syslog\+tls:\/\//],
    [
      { LOGS_TO: 'http://a/#token-file=/t', LOGS_TOKEN: 'hunter2' },
      /LOGS_TOKEN and token-file in LOGS_TO=http:\/\/a\/ are both set/,
    ],
    [
      { LOGS_TO: 'loki+http://l/', LOGS_COMPRESS: 'zstd' },
      /LOGS_TO=loki\+http:\/\/l\/: LOGS_COMPRESS=zstd, which it does not take; .*compress=gzip/,
    ],
    [{ LOGS_TO: 'opensearch+http://l/?compress=zstd' }, /compress=zstd, which it does not take/],
    [{ LOGS_COMPRESS: 'gzip' }, /LOGS_COMPRESS is set, and only an HTTP destination reads it/],
    [{ LOGS_TENANT: 'a' }, /LOGS_TENANT is set, and only Loki reads it/],
    [{ LOGS_INDEX: 'a' }, /LOGS_INDEX is set, and only Elasticsearch or OpenSearch reads it/],
    [{ LOGS_SYSLOG_APP: 'a' }, /LOGS_SYSLOG_APP is set, and only syslog reads it/],
    [{ LOGS_OBJECT_WAIT: '5s' }, /LOGS_OBJECT_WAIT is set, and only S3 reads it/],
  ];
  for (const [env, ...told] of refusals) {
    test(
      Object.entries(env)
        .map(([name, value]) => `${name}=${value}`)
        .join(' '),
      () => {
        const { problems } = read(program, { argv: [], env, readFile: () => '' });
        for (const words of told) assert.match(problems.join('\n'), words);
        assert.doesNotMatch(problems.join('\n'), /hunter2/);
      },
    );
  }

  test('and what is right is taken', () => {
    const to =
      'stdout:,file:///out,loki+https://l/?compress=gzip,https://a/#compress=zstd,syslog+tls://s:6514?ca=/ca,s3://bucket/f,elasticsearch+http://e/?index=i';
    const reading = read(program, {
      argv: [],
      env: { LOGS_TO: to, LOGS_CA: '/ca', LOGS_TENANT: 't', LOGS_INDEX: 'x' },
      readFile: () => '',
    });
    assert.deepEqual(reading.problems, []);
  });
});

async function text(url: string): Promise<string> {
  return (await fetch(url)).text();
}
