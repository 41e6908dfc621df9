// `logs verify`: what was shipped of each file, held against what it holds now.
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, openSync, readFileSync, truncateSync, unlinkSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { runSidecar } from '#harness/process.ts';
import { until } from '#harness/until.ts';
import { Application, append, type Scene, scene, settle } from './scene.ts';

/** One file as `verify --json` tells of it. */
interface Told {
  readonly destination: string;
  readonly file: string;
  readonly since: number;
  readonly offset: number;
  readonly lines: number | null;
  readonly adler32: string | null;
  readonly verdict: string;
  readonly path?: string;
}

/** Verifies on the state of a scene. */
async function verify(
  t: Parameters<typeof runSidecar>[0],
  { env }: Scene,
): Promise<{ code: number | null; told: Told[]; stderr: string }> {
  const { code, stdout, stderr } = await runSidecar(t, 'logs', env, ['verify', '--json']);
  return { code, told: JSON.parse(stdout), stderr };
}

/** What zlib says of a stretch of a file. */
function hexOf(bytes: Uint8Array): string {
  // the last four bytes of its format (RFC 1950, section 2.2)
  return deflateSync(bytes).subarray(-4).toString('hex');
}

/** The offsets in the positions that are on the disk. */
function offsets({ env }: Scene): number[] {
  const path = join(String(env.LOGS_STATE), 'positions.json');
  if (!existsSync(path)) return [];
  const { destinations } = JSON.parse(readFileSync(path, 'utf8'));
  return destinations[0].positions.map(({ cursor }: { cursor: { offset: number } }) => cursor.offset);
}

test('beside a running sidecar: files that grow, one without lines, a rotated one; and then a byte of one is another', async (t) => {
  const place = await scene(t);
  const { receiver, path, start } = place;
  const app = new Application(path('app.log'));
  app.write(5000);
  append(path('empty.log'), '');
  append(path('half.log'), 'one\ntwo\nand a half');
  const sidecar = start();
  await receiver.got(5002);
  app.rotate(path('app.log.1'));
  app.write(100);
  await receiver.got(5102);
  const sizes = [readFileSync(path('app.log.1')), readFileSync(path('app.log'))] as const;
  await until('the positions are on the disk', () => offsets(place).includes(sizes[1].length));
  app.write(3);

  const { code, told, stderr } = await verify(t, place);
  assert.equal(code, 0, stderr);
  const ofApp = told.filter(({ file }) => file === path('app.log')).toSorted((a, b) => b.offset - a.offset);
  assert.deepEqual(ofApp[0], {
    destination: receiver.url,
    file: path('app.log'),
    since: 0,
    offset: sizes[0].length,
    lines: 5000,
    adler32: hexOf(sizes[0]),
    verdict: 'same',
    path: path('app.log.1'),
  });
  assert.equal(ofApp[1]?.verdict, 'same');
  const half = told.find(({ file }) => file === path('half.log'));
  assert.deepEqual([half?.offset, half?.lines, half?.adler32, half?.verdict], [8, 2, hexOf(Buffer.from('one\ntwo\n')), 'same']);
  assert.equal((await sidecar.stop()).code, 0);

  const fd = openSync(path('app.log.1'), 'r+');
  writeSync(fd, '!', 20_000);
  const after = await runSidecar(t, 'logs', place.env, ['verify']);
  assert.equal(after.code, 1);
  assert.match(after.stdout, /app\.log +0 +\d+ +5000 +[0-9a-f]{8} +DIFFERENT: 5000 lines, [0-9a-f]{8} \(now .*app\.log\.1\)$/m);
  assert.match(after.stderr, /1 of 4 do not hold what was shipped of them/);
});

test('across kills in the middle, and the checksum goes on', async (t) => {
  const place = await scene(t, '*.log', { LOGS_BATCH_BYTES: '16Ki' });
  const { receiver, path, start } = place;
  receiver.delay = 30;
  const app = new Application(path('app.log'));
  app.write(10_000);
  for (let round = 1; round <= 2; round += 1) {
    const [before = 0] = offsets(place);
    const sidecar = start();
    await until('a later position is on the disk', () => (offsets(place)[0] ?? 0) > before);
    await sidecar.stop('SIGKILL');
    const { code, told } = await verify(t, place);
    assert.equal(code, 0);
    assert.ok((told[0]?.offset ?? 0) > 0);
  }
  receiver.delay = 0;
  assert.equal((await runSidecar(t, 'logs', place.env, ['--once'])).code, 0);
  const { code, told } = await verify(t, place);
  assert.equal(code, 0);
  assert.deepEqual([told[0]?.lines, told[0]?.adler32], [10_000, hexOf(readFileSync(path('app.log')))]);
});

test('copied and truncated, begun at the end, gone, and shipped by an older release', async (t) => {
  const place = await scene(t, '*.log', { LOGS_START: 'end' });
  const { receiver, path, start, env } = place;
  const before = 'not shipped\n';
  append(path('late.log'), before);
  append(path('gone.log'), before);
  append(path('copied.log'), before);
  const sidecar = start();
  await sidecar.says('started');
  await settle();
  const more = 'shipped\n';
  for (const name of ['late.log', 'gone.log', 'copied.log']) append(path(name), `${name} ${more}`);
  await receiver.got(3);
  copyFileSync(path('copied.log'), path('copied.log.1'));
  truncateSync(path('copied.log'));
  append(path('copied.log'), 'anew\n');
  await receiver.got(4);
  await settle();
  assert.equal((await sidecar.stop()).code, 0);
  unlinkSync(path('gone.log'));

  const { code, told } = await verify(t, place);
  assert.equal(code, 0);
  const late = told.find(({ file }) => file === path('late.log'));
  assert.deepEqual(
    [late?.since, late?.lines, late?.adler32, late?.verdict],
    [before.length, 1, hexOf(Buffer.from(`late.log ${more}`)), 'same'],
  );
  assert.equal(told.find(({ file }) => file === path('gone.log'))?.verdict, 'gone');
  assert.equal(told.find(({ path: now }) => now === path('copied.log'))?.adler32, hexOf(Buffer.from('anew\n')));

  truncateSync(path('late.log'));
  const state = join(String(env.LOGS_STATE), 'positions.json');
  const [{ scannedAt, positions }] = JSON.parse(readFileSync(state, 'utf8')).destinations;
  for (const { cursor } of positions) delete cursor.tally;
  writeFileSync(state, JSON.stringify({ version: 1, scannedAt, positions }));
  const old = await runSidecar(t, 'logs', env, ['verify']);
  assert.equal(old.code, 0, old.stderr);
  assert.match(old.stdout, /copied\.log .* an older release shipped it, and kept no checksum/);
  assert.match(old.stdout, /late\.log .* truncated or written anew since/);
  const offset = readFileSync(path('copied.log')).length;
  append(path('copied.log'), 'more\n');
  assert.equal((await runSidecar(t, 'logs', env, ['--once'])).code, 0);
  const copied = (await verify(t, place)).told.find(({ path: now }) => now === path('copied.log'));
  assert.deepEqual([copied?.since, copied?.lines, copied?.verdict], [offset, 1, 'same']);
});

test('nothing to verify: 1, and where to look', async (t) => {
  const { env } = await scene(t);
  const { code, stderr } = await runSidecar(t, 'logs', env, ['verify']);
  assert.equal(code, 1);
  assert.match(stderr, /positions\.json is not there: nothing was shipped yet; or name the folder .* by LOGS_STATE/);
  writeFileSync(join(String(env.LOGS_STATE), 'positions.json'), '{');
  assert.match((await runSidecar(t, 'logs', env, ['verify'])).stderr, /positions\.json is damaged/);
});
