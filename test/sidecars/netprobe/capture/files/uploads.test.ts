import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { answers, hangs, resetsAfter, S3Faults, swallowsAnswer } from '#harness/s3-faults.ts';
import { bestS3, type S3Kind, type TestBucket, testBucket } from '#harness/s3-server.ts';
import { until } from '#harness/until.ts';
import { Exit } from '#shared/exit.ts';
import { Health } from '#shared/health.ts';
import { createLog } from '#shared/log.ts';
import { claimCaptureFiles } from '../../../../../sidecars/netprobe/capture/files/claim.ts';
import { FileSink } from '../../../../../sidecars/netprobe/capture/files/file-sink.ts';
import { captureObjectName } from '../../../../../sidecars/netprobe/capture/files/object-name.ts';
import { Uploads } from '../../../../../sidecars/netprobe/capture/files/uploads.ts';
import { Hearer, namesIn, packet, packets, planFor, range, readWhole, TestSection } from './numbered-packets.ts';

const start = Date.UTC(2026, 2, 4);
/** Larger than two parts of an upload. */
const large = 12 * 2 ** 20;
const denied = answers(403, 'AccessDenied');
const unavailable = answers(503, 'ServiceUnavailable');

interface Scene {
  readonly folder: string;
  readonly place: TestBucket;
  readonly faults: S3Faults;
  readonly health: Health;
  readonly stopping: AbortController;
  /** One run of a capture. */
  readonly begin: () => Uploads;
}

async function setUp(t: TestContext, kind: S3Kind = bestS3()): Promise<Scene> {
  const place = await testBucket(t, kind);
  const faults = await S3Faults.start(t, place.access.endpoint);
  const folder = temporaryFolder(t);
  const health = new Health();
  const stopping = new AbortController();
  const log = createLog({ name: 'netprobe', level: 'silent', fd: 2 });
  const to = new URL(`s3://${place.name}/captures`);
  const s3 = { ...place.access, endpoint: faults.url, timeout: 5000 };
  // what is still tried when the test is over ends
  t.after(() => stopping.abort());
  const begin = () => new Uploads({ to, s3, log, health, stopping: stopping.signal, host: 'web1' });
  return { folder, place, faults, health, stopping, begin };
}

const over = () => AbortSignal.abort();
const never = () => new AbortController().signal;
const stateOf = ({ health }: Scene) => health.part('uploads').state;

/** A file that a capture left. @param bytes how large it is, about. */
function leave(folder: string, number: number, bytes = 0): string {
  const path = join(folder, `web-${String(number).padStart(6, '0')}.pcapng`);
  const made = join(folder, 'made');
  const sink = new FileSink(planFor(made), new TestSection(), new Hearer().hear);
  sink.write(packet(number, start), 1, start);
  for (let at = 0; at < bytes; at += 200_000) sink.write(packet(number, start, 200_000), 1, start);
  sink.close();
  writeFileSync(path, readFileSync(made));
  rmSync(made);
  return path;
}

/** Puts an object where files are read. */
async function download({ client, name }: TestBucket, key: string, folder: string): Promise<string> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: name, Key: key }));
  const path = join(folder, key.replaceAll('/', '_'));
  writeFileSync(path, (await Body?.transformToByteArray()) ?? '');
  return path;
}

for (const kind of ['in-process', 'ceph'] as const)
  for (const zstd of [false, true])
    test(
      `${kind}: files that rotate${zstd ? ', compressed,' : ''} are all in the bucket, in order, and none is left here`,
      kind === 'ceph' ? needs('ceph') : {},
      async (t) => {
        const scene = await setUp(t, kind);
        const { folder, place } = scene;
        const uploads = scene.begin();
        const heard: string[] = [];
        const sink = new FileSink(planFor(join(folder, 'web.pcapng'), { size: 65_536, zstd }), new TestSection(), (told) => {
          if (told.type !== 'closed') return;
          heard.push(captureObjectName('web1', told.file.path, statSync(told.file.path).mtimeMs));
          uploads.add(told.file);
        });
        for (let number = 0; number < 3000; number += 100) {
          sink.write(packets(number, number + 100, start), 100, start);
          await new Promise(setImmediate);
        }
        sink.close();
        assert.deepEqual(await uploads.close(never()), { left: 0 });
        assert.deepEqual(namesIn(folder), []);
        const keys = await place.keys();
        assert.deepEqual(
          keys,
          heard.map((key) => `captures/${key}`),
        );
        const ending = zstd ? /\.pcapng\.zst$/ : /\.pcapng$/;
        for (const key of keys) assert.match(key, /^captures\/web1\/web-\d{6}-\d{8}T\d{6}\.\d{3}Z\.pcapng/);
        for (const key of keys) assert.match(key, ending);
        const copies = temporaryFolder(t);
        const numbers: number[] = [];
        for (const key of keys) numbers.push(...readWhole(await download(place, key, copies)).numbers);
        assert.deepEqual(numbers, range(0, 3000));
        assert.equal(uploads.counts.files, keys.length);
        assert.equal(stateOf(scene), 'ok');
      },
    );

test('a server that is away at first: files wait, the part is degraded, and then they are uploaded', async (t) => {
  const scene = await setUp(t);
  const { folder, place, faults } = scene;
  let isAway = true;
  const away = async (exchange: Parameters<typeof unavailable>[0]) => unavailable(exchange);
  faults.during(60_000, 'put', async (exchange) => {
    if (isAway) return away(exchange);
    const { answer, body } = await exchange.forward();
    exchange.response.writeHead(answer.statusCode ?? 500, answer.headers).end(body);
  });
  const uploads = scene.begin();
  const files = [1, 2, 3].map((number) => leave(folder, number));
  for (const path of files) uploads.add({ path });
  await until('it is degraded', () => stateOf(scene) === 'degraded');
  await until('it tried again', () => faults.count('put') >= 3);
  for (const path of files) assert.ok(existsSync(path));
  assert.match(scene.health.part('uploads').reason, /cannot write captures\/web1\/web-000001-.*ServiceUnavailable/);
  assert.equal(uploads.counts.waiting, 3);
  isAway = false;
  await until('all are uploaded', () => uploads.counts.files === 3);
  assert.equal((await place.keys()).length, 3);
  assert.deepEqual(await uploads.close(never()), { left: 0 });
  assert.equal(stateOf(scene), 'ok');
  assert.deepEqual(namesIn(folder), []);
});

test('who is not permitted to write is told, and once he is, it goes on', async (t) => {
  const scene = await setUp(t);
  const { folder, place, faults } = scene;
  faults.next('put', denied, 2);
  const uploads = scene.begin();
  const path = leave(folder, 1);
  uploads.add({ path });
  await until('it is degraded', () => stateOf(scene) === 'degraded');
  assert.match(scene.health.part('uploads').reason, /AccessDenied.*check AWS_ACCESS_KEY_ID/);
  assert.ok(existsSync(path));
  assert.deepEqual(await uploads.close(never()), { left: 0 });
  assert.equal(faults.count('put'), 3);
  assert.equal((await place.keys()).length, 1);
});

test('connections that break, and answers that are lost: each file is there once and as it was, and goes only then', async (t) => {
  const scene = await setUp(t);
  const { folder, place, faults } = scene;
  const whole = [leave(folder, 1), leave(folder, 2, large)].map((path) => [path, readFileSync(path)] as const);
  faults.next('put', resetsAfter(50), 2);
  faults.next('put', swallowsAnswer);
  faults.next('part', resetsAfter(1_000_000), 2);
  faults.next('part', swallowsAnswer);
  faults.next('complete', swallowsAnswer);
  const uploads = scene.begin();
  for (const [path] of whole) uploads.add({ path });
  assert.deepEqual(await uploads.close(never()), { left: 0 });
  const keys = await place.keys();
  assert.equal(keys.length, 2);
  const copies = temporaryFolder(t);
  for (const [index, key] of keys.entries())
    assert.ok(readFileSync(await download(place, key, copies)).equals(whole[index]?.[1] ?? Buffer.alloc(0)), key);
  assert.deepEqual(namesIn(folder), []);
});

for (const [operation, bytes] of [
  ['put', 0],
  ['part', large],
  ['complete', large],
] as const)
  test(`what is stopped in the middle of ${operation} stays here, and the next run uploads it`, async (t) => {
    const scene = await setUp(t);
    const { folder, place, faults } = scene;
    const path = leave(folder, 1, bytes);
    const whole = readFileSync(path);
    faults.next(operation, hangs);
    const first = scene.begin();
    first.add({ path });
    await until(`${operation} hangs`, () => faults.count(operation) === 1);
    scene.stopping.abort();
    assert.deepEqual(await first.close(over()), { left: 1 });
    assert.ok(existsSync(path));
    const second = new Uploads({
      ...{ to: new URL(`s3://${place.name}/captures`), s3: { ...place.access }, host: 'web1', stopping: never() },
      ...{ log: createLog({ name: 'netprobe', level: 'silent', fd: 2 }), health: new Health() },
    });
    second.takeOver(planFor(join(folder, 'web.pcapng'), { count: 5 }));
    assert.deepEqual(await second.close(never()), { left: 0 });
    const keys = await place.keys();
    assert.equal(keys.length, 1);
    assert.ok(readFileSync(await download(place, keys[0] ?? '', temporaryFolder(t))).equals(whole));
    assert.ok(!existsSync(path));
  });

test('a bucket keeps no parts of an upload that was stopped', needs('ceph'), async (t) => {
  const scene = await setUp(t, 'ceph');
  const { folder, place, faults } = scene;
  const path = leave(folder, 1, large);
  faults.next('part', hangs);
  // as if the process were killed: it takes nothing back
  faults.next('give up', hangs, 100);
  const first = scene.begin();
  first.add({ path });
  await until('a part hangs', () => faults.count('part') === 1);
  scene.stopping.abort();
  assert.deepEqual(await first.close(over()), { left: 1 });
  assert.equal((await place.openUploads()).length, 1);
  const s3 = { ...place.access };
  const log = createLog({ name: 'netprobe', level: 'silent', fd: 2 });
  const to = new URL(`s3://${place.name}/captures`);
  const second = new Uploads({ to, s3, log, health: new Health(), stopping: never(), host: 'web1' });
  second.takeOver(planFor(join(folder, 'web.pcapng'), { count: 5 }));
  assert.deepEqual(await second.close(never()), { left: 0 });
  assert.deepEqual(await place.openUploads(), []);
  assert.equal((await place.keys()).length, 1);
});

test('what an earlier run left is uploaded in order, torn files up to where they are whole, and nothing else is touched', async (t) => {
  const scene = await setUp(t);
  const { folder, place } = scene;
  for (const number of [1, 2, 3]) leave(folder, number, number === 3 ? 300_000 : 0);
  const torn = join(folder, 'web-000003.pcapng');
  truncateSync(torn, statSync(torn).size - 100_000);
  writeFileSync(join(folder, 'web-000004.pcapng'), '');
  const others = ['other-000001.pcapng', 'web-000001.pcapng.part', 'web.pcapng'];
  for (const name of others) writeFileSync(join(folder, name), 'x');
  mkdirSync(join(folder, 'web-000005.pcapng'));
  const uploads = scene.begin();
  uploads.takeOver(planFor(join(folder, 'web.pcapng'), { size: 65_536 }));
  uploads.add({ path: leave(folder, 6) });
  assert.deepEqual(await uploads.close(never()), { left: 0 });
  assert.deepEqual(namesIn(folder), [...others, 'web-000005.pcapng'].sort());
  const keys = await place.keys();
  assert.deepEqual(
    keys.map((key) => /web-\d+/.exec(key)?.[0]),
    ['web-000001', 'web-000002', 'web-000003', 'web-000006'],
  );
  const copies = temporaryFolder(t);
  assert.deepEqual(readWhole(await download(place, keys[2] ?? '', copies)).numbers, [3, 3]);
});

test('a file that is gone before it was uploaded is counted, and others go on', async (t) => {
  const scene = await setUp(t);
  const { folder, place, faults } = scene;
  faults.next('put', denied);
  const uploads = scene.begin();
  const files = [1, 2, 3].map((number) => leave(folder, number));
  for (const path of files) uploads.add({ path });
  await until('the first one waits', () => stateOf(scene) === 'degraded');
  rmSync(files[1] ?? '');
  assert.deepEqual(await uploads.close(never()), { left: 0 });
  assert.equal((await place.keys()).length, 2);
  const { bytes, ...counts } = uploads.counts;
  assert.deepEqual(counts, { files: 2, waiting: 0, lost: 1 });
  assert.ok(bytes > 0);
});

test('in the end: what nobody permits ends at once, and what cannot be reached is tried until the signal', async (t) => {
  const scene = await setUp(t);
  const { folder, faults } = scene;
  scene.stopping.abort();
  faults.next('put', denied);
  const one = scene.begin();
  one.add({ path: leave(folder, 1) });
  assert.deepEqual(await one.close(never()), { left: 1 });
  faults.during(60_000, 'put', unavailable);
  const other = scene.begin();
  other.add({ path: leave(folder, 1) });
  const last = new AbortController();
  const closing = other.close(last.signal);
  await until('it is tried again', () => faults.count('put') >= 4);
  last.abort();
  assert.deepEqual(await closing, { left: 1 });
  assert.equal(namesIn(folder).length, 1);
});

test('an object is named by the host, the file, and when that was written last', () => {
  for (const [path, expected] of [
    ['/c/web-000001.pcapng', 'h/web-000001-20260304T000000.000Z.pcapng'],
    ['/c/web-000001.pcapng.zst', 'h/web-000001-20260304T000000.000Z.pcapng.zst'],
    ['/c/web.2-000001.pcapng', 'h/web.2-000001-20260304T000000.000Z.pcapng'],
    ['/c/web-000001', 'h/web-000001-20260304T000000.000Z'],
    ['/c/.web-000001', 'h/.web-000001-20260304T000000.000Z'],
  ] as const)
    assert.equal(captureObjectName('h', path, start), expected);
});

test('a file of the same name and number of a later run does not take the place of an earlier one', async (t) => {
  const scene = await setUp(t);
  const uploads = scene.begin();
  for (const seconds of [0, 1]) {
    const path = leave(scene.folder, 1);
    utimesSync(path, start / 1000 + seconds, start / 1000 + seconds);
    uploads.add({ path });
    await until('it is uploaded', () => uploads.counts.files === seconds + 1 && uploads.counts.waiting === 0);
  }
  assert.deepEqual(await uploads.close(never()), { left: 0 });
  assert.deepEqual(await scene.place.keys(), [
    'captures/web1/web-000001-20260304T000000.000Z.pcapng',
    'captures/web1/web-000001-20260304T000001.000Z.pcapng',
  ]);
});

test('a URL that names no bucket is refused', () => {
  const log = createLog({ name: 'netprobe', level: 'silent', fd: 2 });
  assert.throws(
    () => new Uploads({ to: new URL('s3://'), s3: {}, log, health: new Health(), stopping: never() }),
    (error) => error instanceof Exit && error.code === 64 && /--to: .* names no bucket/.test(error.message),
  );
});

test('the names of files are claimed by one capture at a time', (t) => {
  const folder = temporaryFolder(t);
  const plan = planFor(join(folder, 'web-%F.pcapng'), { size: 65_536 });
  const first = claimCaptureFiles(plan);
  assert.throws(
    () => claimCaptureFiles(plan),
    (error) => error instanceof Exit && error.code === 64 && /another capture writes files of this name/.test(error.message),
  );
  const other = claimCaptureFiles(planFor(join(folder, 'other.pcapng'), { size: 65_536 }));
  first?.release();
  claimCaptureFiles(plan)?.release();
  other?.release();
  assert.equal(claimCaptureFiles(planFor(join(folder, 'web.pcapng'))), undefined);
  assert.throws(
    () => claimCaptureFiles(planFor(join(folder, 'missing/web.pcapng'), { size: 65_536 })),
    (error) => error instanceof Exit && error.code === 64 && /there is no folder/.test(error.message),
  );
});
