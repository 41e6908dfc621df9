import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { atEnd } from '#harness/at-end.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { NetworkNamespace, said } from '#harness/namespace.ts';
import { needs } from '#harness/needs.ts';
import { type SidecarProcess, startSidecar } from '#harness/process.ts';
import { testBucket } from '#harness/s3-server.ts';
import { until } from '#harness/until.ts';
import { contentsOf } from './packets.ts';

/** The files of a folder, without that of the lock. */
function captured(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => !name.startsWith('.'))
    .sort();
}

/** A recorder in a namespace with a web server. */
async function recordWeb(t: TestContext, ...flags: readonly string[]) {
  const folder = temporaryFolder(t);
  const namespace = new NetworkNamespace(t);
  await said(namespace.program(new URL('programs/web.ts', import.meta.url)), 'serving');
  const path = join(folder, 'web.pcapng');
  const recorder = namespace.sidecar('netprobe', {}, ['capture', `--write=${path}`, '--keep=60s', ...flags]);
  await recorder.says('capturing');
  const get = async (what: string) => (await namespace.get(`http://127.0.0.1:8080${what}`)).text;
  const files = () => captured(folder);
  const read = (name = '') => readFileSync(join(folder, name));
  return { folder, namespace, recorder, get, files, read };
}

/** Waits until a file was closed, this many in all. */
async function closed(recorder: SidecarProcess, count: number): Promise<void> {
  await until(
    `${count} files are whole`,
    () => recorder.log.filter(({ msg }) => String(msg).endsWith(' is whole')).length >= count,
  );
}

describe('netprobe capture --keep', needs('linux', 'root'), () => {
  test('saves what was there before SIGUSR1, and a while after it, each packet once', async (t) => {
    const { recorder, get, files, read } = await recordWeb(t, '--after=300ms');
    await get('/asked-before');
    // it is not to be in what the kernel has still
    await pause(1000);
    assert.deepEqual(files(), []);
    recorder.child.kill('SIGUSR1');
    await recorder.says('something happened');
    await closed(recorder, 1);
    await get('/asked-later');
    recorder.child.kill('SIGUSR1');
    await closed(recorder, 2);
    const { code, stderr } = await recorder.stop();
    assert.equal(code, 0, stderr);
    assert.deepEqual(files(), ['web-000001.pcapng', 'web-000002.pcapng']);
    const [first, second] = files().map(read) as [Buffer, Buffer];
    assert.match(
      contentsOf(first).comment,
      /^netprobe flight recorder, saved at [-\dT:.]+Z; it begins [1-9]\d*\.\d{3} s before: SIGUSR1$/,
    );
    assert.deepEqual([first.includes('GET /asked-before'), first.includes('GET /asked-later')], [true, false]);
    assert.deepEqual([second.includes('GET /asked-before'), second.includes('GET /asked-later')], [false, true]);
    assert.ok(first.includes('the secret of the answer'), 'what stays here is whole');
    const times = [first, second].flatMap((file) => contentsOf(file).packets.map(({ time }) => time));
    assert.equal(new Set(times).size, times.length, 'no packet is in both');
  });

  test('saves when an answer turns bad, and says so in the file', async (t) => {
    const { recorder, get, read } = await recordWeb(t, '--after=100ms', '--on=http://127.0.0.1:8080/health', '--on-every=100ms');
    await until('it was well', () => recorder.log.some(({ part, msg }) => part === 'triggers' && msg === 'ok'));
    await get('/break');
    await closed(recorder, 1);
    await recorder.stop();
    const file = read('web-000001.pcapng');
    assert.match(contentsOf(file).comment, /: http:\/\/127\.0\.0\.1:8080\/health fails: HTTP 503 Service Unavailable$/);
    assert.ok(file.includes('GET /break'), 'what led to it is there');
  });

  test('closes the file that it writes when it is stopped, and keeps nothing that was not to be saved', async (t) => {
    const { recorder, get, files, read } = await recordWeb(t, '--after=1h');
    await get('/before');
    recorder.child.kill('SIGUSR1');
    await until('the file is begun', () => files().length === 1);
    await get('/meanwhile');
    const { code } = await recorder.stop();
    assert.equal(code, 0);
    const file = read('web-000001.pcapng');
    assert.ok(file.includes('GET /before') && file.includes('GET /meanwhile'));
    assert.equal(contentsOf(file).types.at(-1), 5, 'its statistics are at its end');
  });

  test('writes nothing where nothing happened', async (t) => {
    const { recorder, get, files } = await recordWeb(t);
    await get('/');
    assert.equal((await recorder.stop()).code, 0);
    assert.deepEqual(files(), []);
  });

  for (const [flags, isMasked] of [
    [[], true],
    [['--payload'], false],
  ] as const)
    test(`uploads ${isMasked ? 'no payload' : 'payload'} with ${flags[0] ?? 'no word of it'}`, async (t) => {
      const server = createServer((_, response) => response.end('the secret of the answer\n'));
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      atEnd(t, () => server.close());
      const address = server.address();
      const port = typeof address === 'object' ? address?.port : undefined;
      const bucket = await testBucket(t, 'in-process');
      const folder = temporaryFolder(t);
      const env = {
        AWS_ENDPOINT_URL_S3: bucket.access.endpoint,
        AWS_ACCESS_KEY_ID: bucket.access.accessKeyId,
        AWS_SECRET_ACCESS_KEY: bucket.access.secretAccessKey,
      };
      const words = ['capture', '-i', 'lo', `--write=${join(folder, 'web.pcapng')}`, '--keep=60s', '--after=0s'];
      const to = `--to=s3://${bucket.name}/web`;
      const recorder = startSidecar(t, 'netprobe', env, [...words, to, ...flags, `tcp port ${port}`]);
      await recorder.says('capturing');
      await (await fetch(`http://127.0.0.1:${port}/the-secret-of-the-request`)).text();
      recorder.child.kill('SIGUSR1');
      await until('it is uploaded', async () => (await bucket.keys()).length === 1);
      await until('it is removed here', () => captured(folder).length === 0);
      assert.equal((await recorder.stop()).code, 0);
      const [Key] = await bucket.keys();
      const { Body } = await bucket.client.send(new GetObjectCommand({ Bucket: bucket.name, Key }));
      const file = Buffer.from((await Body?.transformToByteArray()) ?? []);
      assert.ok(contentsOf(file).packets.length >= 6, 'a handshake, a request, and its answer');
      assert.equal(file.includes('secret'), !isMasked);
    });
});
