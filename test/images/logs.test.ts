import assert from 'node:assert/strict';
import { before, describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Container, Docker, dockerOutput, hardened, reachHost } from '#harness/docker.ts';
import { needs } from '#harness/needs.ts';
import { Receiver, recordsOf } from '#harness/receiver.ts';
import { until } from '#harness/until.ts';
import { arrivalOf, exactlyOnce, linesOf, repeated, runApplication, type Writing } from './application.ts';
import { bakeForTests, testImage } from './baked.ts';

describe('sidekick/logs beside an application in Docker', () => {
  before(bakeForTests);

  test('every line arrives exactly once, through rotations, under the hardened flags', needs('docker'), async (t) => {
    const { sink, sidecar, application } = await ship(t, { lines: 20_000, pause: 0.01, rotate: 4000, hold: true });
    await begin(application, sink);
    await sink.got(20_000);
    assert.deepEqual(arrivalOf(sink.arrived, 20_000), exactlyOnce);
    const keys = sink.batches.map(({ id }) => id);
    assert.equal(new Set(keys).size, keys.length, 'every batch has a key of its own');
    assert.equal((await sidecar.stop()).code, 0);
  });

  test('its HEALTHCHECK calls it healthy, and its admin server answers', needs('docker'), async (t) => {
    const { sidecar } = await ship(t, { lines: 100 });
    await sidecar.untilHealthy();
    const script = "fetch('http://127.0.0.1:9801/readyz').then((answer) => console.log(answer.status))";
    assert.equal((await sidecar.exec('node', '-e', script)).stdout.trim(), '200');
    await sidecar.stop();
  });

  test('started with --admin as a flag, its HEALTHCHECK asks there', needs('docker'), async (t) => {
    for (const address of ['127.0.0.1:9999', 'unix:/state/admin.sock']) {
      const { sidecar } = await ship(t, { lines: 100 }, [], ['--admin', address]);
      await sidecar.untilHealthy();
      await sidecar.stop();
    }
  });

  test('under any --user it keeps its positions, and goes on from them', needs('docker'), async (t) => {
    const { sink, sidecar } = await ship(t, { lines: 10_000, pause: 0.05 }, ['--user', '12345']);
    await sink.got(1000);
    const script = "fetch('http://127.0.0.1:9801/readyz').then((answer) => answer.text()).then(console.log)";
    const { stdout } = await sidecar.exec('node', '-e', script);
    assert.match(stdout, /^\[\+\]\s*state ok/m);
    await sidecar.restart();
    const before = sink.arrived.length;
    assert.ok(before < 10_000, 'it was restarted in mid-flow');
    await sink.got(10_000);
    await sidecar.stop();
    assert.deepEqual(arrivalOf(sink.arrived, 10_000), exactlyOnce, 'it repeats nothing after a restart');
  });

  test('it keeps its positions in a volume of its own', needs('docker'), async (t) => {
    const { sidecar } = await ship(t, { lines: 100 });
    const { Mounts } = await sidecar.inspect();
    assert.ok(Mounts.some(({ Type, Destination }) => Type === 'volume' && Destination === '/state'));
    const config = JSON.parse(await dockerOutput('inspect', '--format', '{{json .Config.Volumes}}', testImage('logs')));
    assert.deepEqual(config, { '/state': {} });
  });

  test('killed in mid-flow again and again, it loses nothing', needs('docker'), async (t) => {
    const { sink, sidecar } = await ship(t, { lines: 30_000, pause: 0.02 }, ['--env', 'LOGS_BATCH_BYTES=16Ki']);
    for (const goal of [3000, 9000, 15_000]) {
      await sink.got(goal);
      await sidecar.kill();
      await sidecar.start();
    }
    await sink.got(30_000);
    assert.deepEqual(arrivalOf([...new Set(sink.arrived)], 30_000), exactlyOnce);
    t.diagnostic(`${sink.arrived.length - 30_000} of 30000 lines arrived twice over three kills`);
  });

  test('killed with batches in flight, it repeats no more than those', needs('docker'), async (t) => {
    const { sink, sidecar } = await ship(t, { lines: 10_000, pause: 0.02 }, ['--env', 'LOGS_BATCH_BYTES=16Ki']);
    await sink.got(2000);
    sink.behave = () => 'silence';
    await inFlight(sink);
    await sidecar.kill();
    const unanswered = new Set([...sink.unanswered].flatMap(({ records }) => records.map(({ message }) => message)));
    sink.behave = () => 200;
    await sidecar.start();
    await sink.got(10_000);
    await sidecar.stop();
    const again = repeated(sink.arrived);
    assert.deepEqual(arrivalOf([...new Set(sink.arrived)], 10_000), exactlyOnce);
    const beyond = again.filter((line) => !unanswered.has(line));
    assert.equal(beyond.length, 0, `repeated though they were acknowledged: ${beyond.slice(0, 10).join(', ')}`);
    assert.ok(again.length > 0, 'the batches in flight were sent again');
    t.diagnostic(`${again.length} lines arrived twice, of ${unanswered.size} in flight`);
  });

  test('while the sink is away the log file is the buffer, and nothing is lost', needs('docker'), async (t) => {
    const { sink, sidecar, application } = await ship(t, { lines: 10_000, pause: 0.02, rotate: 3000, hold: true });
    await begin(application, sink);
    await sink.got(1000);
    await sink.close();
    await untilWritten(application);
    assert.ok(new Set(sink.arrived).size < 10_000, 'lines were written while the sink was away');
    await sink.open();
    await sink.got(10_000);
    assert.equal((await sidecar.stop()).code, 0);
    assert.deepEqual(arrivalOf([...new Set(sink.arrived)], 10_000), exactlyOnce);
  });

  test('docker stop with work in flight ends it well, within the grace', needs('docker'), async (t) => {
    const lines = 40_000;
    const { sink, sidecar } = await ship(t, { lines, pause: 0.02 }, ['--env', 'LOGS_BATCH_BYTES=16Ki']);
    // twice as fast as the application writes, so that little waits when it is stopped, however slow Docker is today
    sink.delay = 100;
    await until('some batches are answered and some are not', () => sink.batches.length > 0 && sink.unanswered.size > 0);
    const { code, ms } = await sidecar.stop();
    assert.equal(code, 0, (await sidecar.logs()).stderr);
    t.diagnostic(`docker stop took ${ms.toFixed(0)} ms`);
    assert.ok(new Set(sink.arrived).size < lines, 'there was more to ship');
    sink.delay = 0;
    await sidecar.start();
    await sink.got(lines);
    await sidecar.stop();
    assert.deepEqual(arrivalOf(sink.arrived, lines), exactlyOnce, 'drained, it repeats nothing after a restart');
  });

  test('docker stop with a sink that never answers leaves the lines to the next start', needs('docker'), async (t) => {
    const { sink, sidecar } = await ship(t, { lines: 1000 });
    sink.behave = () => 'silence';
    await inFlight(sink);
    const { code, ms } = await sidecar.stop();
    assert.equal(code, 0, 'it ends by itself, before Docker kills it (137)');
    t.diagnostic(`docker stop took ${ms.toFixed(0)} ms`);
    sink.behave = () => 200;
    await sidecar.start();
    await sink.got(1000);
    assert.deepEqual(arrivalOf([...new Set(sink.arrived)], 1000), exactlyOnce);
  });

  test('--once prints the records to stdout, and nothing else', needs('docker'), async (t) => {
    const world = new Docker(t);
    const application = await runApplication(world, { lines: 5000, rotate: 5000 });
    await untilWritten(application);
    const flags = ['--volumes-from', application.id, '--read-only', '--cap-drop', 'ALL'];
    const { code, stdout, stderr } = await world.finish(testImage('logs'), { flags, command: ['--once'] });
    assert.equal(code, 0, stderr);
    const records = recordsOf(stdout);
    assert.equal(records.map(({ message }) => message).join('\n'), linesOf(5000).join('\n'));
    assert.ok(records.every(({ file }) => file === '/var/log/app/app.log'));
  });
});

/** An application, a sink, and the sidecar between them under the hardened flags. */
async function ship(t: TestContext, writing: Writing, flags: readonly string[] = [], command: readonly string[] = []) {
  const world = new Docker(t);
  const sink = await Receiver.start(t, { host: '0.0.0.0' });
  const application = await runApplication(world, writing);
  const attached = ['--volumes-from', `${application.id}:ro`, ...reachHost, '--env', `LOGS_TO=${sink.url}`];
  const sidecar = await world.run(testImage('logs'), { flags: [...hardened, ...attached, ...flags], command });
  return { sink, application, sidecar };
}

/** Lets an application go on that holds after its first hundred lines, once these are shipped. */
async function begin(application: Container, sink: Receiver): Promise<void> {
  await sink.got(100);
  await application.exec('touch', '/begin');
}

/** Waits until a sink that does not answer gets no more: all batches that may be in flight are, and positions are written. */
async function inFlight(sink: Receiver): Promise<void> {
  await until('a batch is in flight', () => sink.unanswered.size > 0);
  let before: number;
  do {
    before = sink.unanswered.size;
    await sleep(1000);
  } while (sink.unanswered.size > before);
}

/** Waits until the application has written all of its lines. */
async function untilWritten(application: Container): Promise<void> {
  await until('the application has written', async () => (await application.logs()).stdout.includes('written'));
}
