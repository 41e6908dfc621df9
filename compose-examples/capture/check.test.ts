import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { ComposeProject } from '#harness/compose.ts';
import { Exposition } from '#harness/exposition.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { complaintsOf, fieldsOf } from '#harness/tshark.ts';
import { until } from '#harness/until.ts';

const folder = new URL('.', import.meta.url);
const env = { APP_PORT: '0', ADMIN_PORT: '0', RECORDER_PORT: '0', S3_PORT: '0', ROTATE_EVERY: '1s' };

/** The bucket of the example, as others see it. */
class Captures {
  readonly #client: S3Client;

  constructor(endpoint: string) {
    const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
    this.#client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  }

  async keys(below: string): Promise<string[]> {
    const { Contents = [] } = await this.#client.send(new ListObjectsV2Command({ Bucket: 'captures', Prefix: below }));
    return Contents.map(({ Key = '' }) => Key).sort();
  }

  async get(key: string): Promise<Uint8Array> {
    const { Body } = await this.#client.send(new GetObjectCommand({ Bucket: 'captures', Key: key }));
    return (await Body?.transformToByteArray()) ?? assert.fail(key);
  }
}

test('every packet comes to the bucket, and the minute before a failure by itself', needs('docker', 'tshark'), async (t) => {
  const compose = await ComposeProject.up(t, { folder, env });
  const app = await compose.url('net', 8080);
  const admin = await compose.url('net', 9804);
  const captures = new Captures(await compose.url('s3', 4566));
  const files = temporaryFolder(t);

  const captured = async () =>
    new Exposition(await (await fetch(`${admin}/metrics`)).text()).sum('sidekick_netprobe_capture_packets_total');
  const incidents = () => captures.keys('incidents/');
  // a machine with much to do may be one by itself
  const known = (await incidents()).length;
  await until('there is something to remember', async () => (await captured()) > 200);
  const ill = Date.now() / 1000;
  assert.equal((await fetch(`${app}/ill`, { method: 'POST' })).status, 200);
  await until('the minute before it was ill is there', async () => (await incidents()).length > known);
  assert.equal((await fetch(`${app}/well`, { method: 'POST' })).status, 200);

  await t.test('the minute before the failure', async () => {
    const key = (await incidents())[known] ?? '';
    const file = join(files, 'incident.pcapng');
    writeFileSync(file, await captures.get(key));
    assert.equal(complaintsOf(file), '');
    const packets = fieldsOf(file, 'frame.time_epoch', 'tcp.port', 'tcp.len', 'tcp.payload');
    const times = packets.map(([time]) => Number(time));
    assert.ok(times.filter((time) => time < ill).length > 50, 'it begins before');
    assert.ok(Math.max(...times) > ill, 'it goes on behind');
    for (const [, ports = ''] of packets) assert.ok(ports.split(',').includes('8080'), ports);
    const payloads = packets.map(([, , length, payload = '']) => [Number(length), payload] as const);
    assert.ok(payloads.some(([length]) => length > 50));
    for (const [length, payload] of payloads) assert.match(payload, /^0*$/, `of ${length} bytes`);
  });

  await t.test('and the minute before somebody asks for it', async () => {
    const before = (await incidents()).length;
    await compose.run('kill', '--signal', 'USR1', 'app-recorder');
    await until('it is there', async () => (await incidents()).length > before);
  });

  // the network is not the application's: the captures do not lose it
  await compose.run('restart', '--timeout', '2', 'app');
  const before = await captured();
  await until('packets are captured again', async () => (await captured()) > before + 100);

  await t.test('and all the rest', async () => {
    await compose.run('stop', 'client', 'app-capture', 'app-recorder');
    assert.deepEqual(await compose.exitCodes('app-capture', 'app-recorder'), [0, 0]);
    const log = await compose.run('logs', '--no-log-prefix', 'app-capture');
    const [, total, dropped] =
      /"captured":(\d+),.*"msg":"captured (?:\d+) packets(; the kernel dropped)?/.exec(log) ?? assert.fail(log);
    assert.equal(dropped, undefined);
    const keys = await captures.keys('web/');
    assert.ok(keys.length >= 3, keys.join(' '));
    const all = keys.map((_, index) => join(files, `${index}.pcapng`));
    for (const [index, key] of keys.entries()) {
      assert.match(key, /^web\/[^/]+\/web-\d{6}-\d{8}T\d{6}\.\d{3}Z\.pcapng\.zst$/);
      writeFileSync(all[index] ?? '', zstdDecompressSync(await captures.get(key)));
    }
    const together = join(files, 'together.pcapng');
    // one behind the other, as they are named
    execFileSync('mergecap', ['-a', '-w', together, ...all]);
    assert.equal(complaintsOf(together), '');
    const packets = fieldsOf(together, 'frame.number').length;
    assert.equal(packets, Number(total), 'none is lost where one file ends and the next begins');

    for (const [service, place] of [
      ['app-capture', '/captures'],
      ['app-recorder', '/incidents'],
    ] as const) {
      const node = ['--entrypoint', 'node', service, '--print', `fs.readdirSync('${place}').join(' ')`];
      assert.equal(await compose.run('run', '--rm', '--no-deps', ...node), '.web.pcapng.lock', 'no file is left here');
    }
  });
});
