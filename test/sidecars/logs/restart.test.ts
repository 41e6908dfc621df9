// What happens across stops, kills and restarts: the positions hold what was acknowledged, and nothing more. More of it is in traps/restarts.ts.
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, renameSync, truncateSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '#harness/until.ts';
import { Application, append, compare, exact, scene, settle } from './scene.ts';

test('a stop and a start: nothing twice, nothing lost', async (t) => {
  const { receiver, path, start } = await scene(t);
  const app = new Application(path('app.log'));
  app.write(1000);
  const first = start();
  await receiver.got(1000);
  assert.equal((await first.stop()).code, 0);
  app.write(1000);
  start();
  await receiver.got(2000);
  await settle();
  assert.deepEqual(compare(app.written, receiver.messages), exact);
});

test('SIGTERM: what is in the files by then is shipped before the end', async (t) => {
  const { receiver, path, start } = await scene(t, '*.log', { LOGS_WATCH: 'false', LOGS_RESCAN: '1h' });
  const app = new Application(path('app.log'));
  app.write(10);
  const sidecar = start();
  await receiver.got(10);
  app.write(5000);
  const other = new Application(path('new.log'));
  other.write(10);
  assert.equal((await sidecar.stop()).code, 0);
  assert.deepEqual(compare([...app.written, ...other.written], receiver.messages), exact);
});

test('SIGTERM while the sink takes requests and never answers: ends well within the grace, and nothing is lost', async (t) => {
  const { receiver, path, start } = await scene(t, '*.log', { SIDEKICK_GRACE: '3s' });
  const app = new Application(path('app.log'));
  app.write(100);
  receiver.behave = () => 'silence';
  const first = start();
  await until('a request came', () => receiver.refusals.length > 0);
  assert.equal((await first.stop()).code, 0);
  receiver.behave = () => 200;
  start();
  await receiver.got(100);
  await settle();
  assert.deepEqual(compare(app.written, receiver.messages), exact);
});

test('SIGKILL three times in the middle: nothing lost, and twice only what the positions did not hold yet', async (t) => {
  const { receiver, path, start, env } = await scene(t, '*.log', { LOGS_BATCH_BYTES: '16Ki', LOGS_IN_FLIGHT: '3' });
  receiver.delay = 20;
  const app = new Application(path('app.log'));
  app.write(30_000);
  const bytes = readFileSync(path('app.log'));
  let expected = 0;
  for (let round = 1; round <= 3; round += 1) {
    const sidecar = start();
    await until('some more arrived', () => receiver.messages.length > round * 5000);
    await sidecar.stop('SIGKILL');
    // requests that were under way when it was killed may still be answered
    await settle();
    const { destinations } = JSON.parse(readFileSync(join(String(env.LOGS_STATE), 'positions.json'), 'utf8'));
    const remembered = bytes.subarray(0, destinations[0].positions[0].cursor.offset).toString().split('\n').length - 1;
    const arrived = new Set(receiver.messages);
    assert.ok(
      app.written.slice(0, remembered).every((line) => arrived.has(line)),
      'a position is behind what arrived',
    );
    expected += app.written.slice(remembered).filter((line) => arrived.has(line)).length;
  }
  start();
  await receiver.got(app.written.length);
  await settle();
  const { lost, duplicates, unknown } = compare(app.written, receiver.messages);
  t.diagnostic(`${duplicates} duplicates of ${app.written.length} lines after three SIGKILLs`);
  assert.deepEqual({ lost, unknown }, { lost: [], unknown: [] });
  assert.ok(duplicates <= expected, `${duplicates} duplicates, of which ${expected} were to be expected`);
});

test('rotated while stopped, with a glob for the new name only', async (t) => {
  const { receiver, path, start } = await scene(t, 'app.log');
  const app = new Application(path('app.log'));
  app.write(100);
  const first = start();
  await receiver.got(100);
  await first.stop();
  app.write(100);
  app.rotateAll(5);
  app.write(100);
  app.rotateAll(5);
  app.write(100);
  start();
  await receiver.got(400);
  await settle();
  assert.deepEqual(compare(app.written, receiver.messages), exact);
});

test('deleted before the stop, made anew and rotated while stopped: the rotated file is read as well', async (t) => {
  const { receiver, path, start } = await scene(t, 'app.log');
  const app = new Application(path('app.log'));
  app.write(10);
  const first = start();
  await receiver.got(10);
  unlinkSync(path('app.log'));
  app.close();
  await settle();
  await first.stop();
  const second = new Application(path('app.log'));
  second.write(20);
  second.rotateAll(1);
  second.write(5);
  start();
  await until('all of them arrived', () => receiver.messages.length >= 35);
  await settle();
  assert.equal(receiver.messages.length, 35);
});

test('rotated before the first start: what a rotation put aside before is not shipped', async (t) => {
  const { receiver, path, start } = await scene(t, 'app.log');
  append(path('app.log.1'), 'old\n');
  append(path('app.log'), 'new\n');
  start();
  await receiver.got(1);
  await settle();
  assert.deepEqual(receiver.messages, ['new']);
});

test('copied and truncated while stopped, with a glob for the new name only', async (t) => {
  const { receiver, path, start } = await scene(t, 'app.log');
  const app = new Application(path('app.log'));
  app.write(100);
  const first = start();
  await receiver.got(100);
  await first.stop();
  app.write(100);
  copyFileSync(path('app.log'), path('app.log.1'));
  truncateSync(path('app.log'));
  app.write(10);
  start();
  await receiver.got(210);
  await settle();
  assert.deepEqual(compare(app.written, receiver.messages), exact);
});

test('a folder that was copied to other inodes, as a restored volume is', async (t) => {
  const { receiver, path, start } = await scene(t, 'app.log');
  const app = new Application(path('app.log'));
  app.write(100);
  const first = start();
  await receiver.got(100);
  await first.stop();
  app.write(50);
  copyFileSync(path('app.log'), path('restored'));
  unlinkSync(path('app.log'));
  renameSync(path('restored'), path('app.log'));
  start();
  await receiver.got(150);
  await settle();
  assert.deepEqual(compare(app.written, receiver.messages), exact);
});

test('deleted and made anew with the same beginning while stopped: the new file is read whole', async (t) => {
  const { receiver, path, start } = await scene(t, 'app.log');
  append(path('app.log'), 'banner\n');
  const first = start();
  await receiver.got(1);
  await first.stop();
  unlinkSync(path('app.log'));
  append(path('other'), 'takes the inode');
  append(path('app.log'), 'banner\nand more\n');
  start();
  await receiver.got(2);
  assert.deepEqual(receiver.messages, ['banner', 'banner', 'and more']);
});

test('LOGS_START=end: begins at the end of what is there, reads later files whole, and remembers across a restart', async (t) => {
  const { receiver, path, start } = await scene(t, '*.log', { LOGS_START: 'end' });
  append(path('old.log'), 'before the first start\n');
  const first = start();
  await first.says('ok');
  await settle();
  append(path('old.log'), 'after\n');
  append(path('new.log'), 'whole\n');
  await receiver.got(2);
  await first.stop();
  append(path('old.log'), 'while stopped\n');
  append(path('newer.log'), 'made while stopped\n');
  start();
  await receiver.got(4);
  await settle();
  assert.deepEqual(receiver.messages.toSorted(), ['after', 'made while stopped', 'while stopped', 'whole']);
});

test('positions hold nothing that was not acknowledged', async (t) => {
  const { receiver, path, start, env } = await scene(t);
  append(path('app.log'), 'one\n');
  const sidecar = start();
  await receiver.got(1);
  receiver.behave = () => 503;
  append(path('app.log'), 'two\n');
  await until('it was refused', () => receiver.refusals.length > 1);
  await settle();
  await sidecar.stop('SIGKILL');
  const { destinations } = JSON.parse(readFileSync(join(String(env.LOGS_STATE), 'positions.json'), 'utf8'));
  assert.equal(destinations[0].positions[0].cursor.offset, 'one\n'.length);
});
