// LOGS_READ_GZIP: rotated files that were compressed are read once, unless their plain form was.
import assert from 'node:assert/strict';
import { appendFileSync, copyFileSync, readFileSync, renameSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { until } from '#harness/until.ts';
import { Application, append, compare, exact, scene, settle } from './scene.ts';

const settings = { LOGS_READ_GZIP: 'true', LOGS_LINGER: '300ms', LOGS_RESCAN: '100ms' };

/** Does what gzip(1) does: writes `path.gz`, then takes `path` away. */
function gzip(path: string): void {
  writeFileSync(`${path}.gz`, gzipSync(readFileSync(path)));
  unlinkSync(path);
}

for (const glob of ['app.log', 'app.log*']) {
  test(`a rotated file that was read in plain, and then compressed (glob ${glob})`, async (t) => {
    const { receiver, path, start } = await scene(t, glob, settings);
    const app = new Application(path('app.log'));
    app.write(200);
    const first = start();
    await receiver.got(200);
    app.write(100);
    app.rotateAll(3);
    await receiver.got(300);
    gzip(path('app.log.1'));
    app.write(100);
    await receiver.got(400);
    renameSync(path('app.log.1.gz'), path('app.log.2.gz'));
    app.rotateAll(1);
    app.write(10);
    await receiver.got(410);
    await settle();
    await first.stop();
    start();
    app.write(10);
    await receiver.got(420);
    await settle();
    assert.deepEqual(compare(app.written, receiver.messages), exact);
  });

  test(`rotated and compressed while stopped: read on from where the plain form was left (glob ${glob})`, async (t) => {
    const { receiver, path, start } = await scene(t, glob, settings);
    const app = new Application(path('app.log'));
    app.write(3000);
    const first = start();
    await receiver.got(3000);
    await first.stop();
    app.write(2000);
    app.rotateAll(3);
    gzip(path('app.log.1'));
    renameSync(path('app.log.1.gz'), path('app.log.2.gz'));
    app.write(10);
    app.rotateAll(3);
    gzip(path('app.log.1'));
    app.write(10);
    start();
    await receiver.got(5020);
    await settle();
    assert.deepEqual(compare(app.written, receiver.messages), exact);
  });
}

test('compressed before its plain form was read, as nothing is taken: its lines come once', async (t) => {
  const { receiver, path, start } = await scene(t, 'app.log*', { ...settings, LOGS_BATCH_BYTES: '4Ki', LOGS_IN_FLIGHT: '1' });
  receiver.behave = () => 503;
  append(path('app.log.old'), 'takes the place in the only batch\n'.repeat(500));
  start();
  await until('nothing is taken', () => receiver.refusals.length > 0);
  const app = new Application(path('app.log'));
  app.write(300);
  await settle();
  app.rotateAll(1);
  gzip(path('app.log.1'));
  await settle();
  receiver.behave = () => 200;
  await receiver.got(301);
  await settle();
  assert.equal(receiver.messages.filter((line) => line.startsWith('line ')).length, 300);
});

test('compressed before it was ever read: read once, across a restart; without the option never', async (t) => {
  const { receiver, path, start } = await scene(t, '*.log*', { LOGS_RESCAN: '100ms', LOGS_LINGER: '300ms' });
  const app = new Application(path('app.log'));
  app.write(5000);
  app.rotate(path('app.log.1'));
  gzip(path('app.log.1'));
  app.write(5);
  const without = start();
  await receiver.got(5);
  await settle();
  assert.equal(receiver.messages.length, 5);
  await without.stop();
  for (let round = 0; round < 2; round += 1) {
    const sidecar = start(settings);
    await sidecar.says('ok');
    await receiver.got(5005);
    await settle();
    assert.equal((await sidecar.stop()).code, 0);
  }
  assert.deepEqual(compare(app.written, receiver.messages), exact);
  assert.ok(receiver.records.some(({ file }) => file === path('app.log.1.gz')));
});

test('--once reads compressed files to their end, several members each', async (t) => {
  const { receiver, path, start } = await scene(t, '*.gz', { LOGS_READ_GZIP: 'true' });
  const lines = Array.from({ length: 6 }, (_, file) => Array.from({ length: 3000 }, (_, index) => `line ${index} of ${file}`));
  for (const [file, all] of lines.entries()) {
    const members = [all.slice(0, 1000), all.slice(1000)].map((some) => gzipSync(`${some.join('\n')}\n`));
    writeFileSync(path(`app.log.${file}.gz`), Buffer.concat(members));
  }
  const { code } = await start({ LOGS_ONCE: 'true' }).ended;
  assert.equal(code, 0);
  assert.deepEqual(compare(lines.flat(), receiver.messages), exact);
});

test('killed in the middle of a compressed file: nothing lost', async (t) => {
  const { receiver, path, start } = await scene(t, '*.gz', { ...settings, LOGS_BATCH_BYTES: '16Ki' });
  receiver.delay = 20;
  const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index} of a file that is compressed`);
  writeFileSync(path('app.log.1.gz'), gzipSync(`${lines.join('\n')}\n`));
  const first = start();
  await receiver.got(5000);
  await first.stop('SIGKILL');
  receiver.delay = 0;
  start();
  await receiver.got(lines.length);
  await settle();
  const { lost, duplicates, unknown } = compare(lines, receiver.messages);
  assert.deepEqual({ lost, unknown }, { lost: [], unknown: [] });
  t.diagnostic(`${duplicates} duplicates after a SIGKILL`);
  assert.ok(duplicates < lines.length - 5000, 'it began again at the start');
});

test('copied, truncated and compressed while stopped', async (t) => {
  const { receiver, path, start } = await scene(t, 'app.log', settings);
  const app = new Application(path('app.log'));
  app.write(100);
  const first = start();
  await receiver.got(100);
  await first.stop();
  app.write(100);
  copyFileSync(path('app.log'), path('app.log.1'));
  truncateSync(path('app.log'));
  gzip(path('app.log.1'));
  app.write(10);
  start();
  await receiver.got(210);
  await settle();
  assert.deepEqual(compare(app.written, receiver.messages), exact);
});

test('a compressed file that is still being written is waited for; one that is cut short for good is told of', async (t) => {
  const { receiver, path, start } = await scene(t, '*.gz', { ...settings, LOGS_LINGER: '3s' });
  const lines = Array.from({ length: 3000 }, (_, index) => `line ${index}: ${(index * 2654435761) % 2 ** 32}`);
  const bytes = gzipSync(`${lines.join('\n')}\n`);
  const half = Math.floor(bytes.length / 2);
  const sidecar = start();
  await sidecar.says('ok');
  append(path('slow.log.1.gz'), bytes.subarray(0, half));
  await settle();
  appendFileSync(path('slow.log.1.gz'), bytes.subarray(half));
  await receiver.got(3000);
  append(path('cut.log.1.gz'), gzipSync(`${lines.map((line) => `cut ${line}`).join('\n')}\n`).subarray(0, half));
  await sidecar.says('is cut short');
  await until('what could be read of it arrived', () => receiver.messages.filter((line) => line.startsWith('cut ')).length > 500);
  await settle();
  assert.equal(receiver.messages.filter((line) => line.startsWith('line ')).length, 3000);
});
