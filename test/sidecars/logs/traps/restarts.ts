// What happens while the sidecar is stopped, or is killed.
import { closeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '#harness/until.ts';
import { append, scene, settle, truncateAndWrite } from '../scene.ts';
import { outcomeOf } from './outcome.ts';
import { application, type Outcome, type Setting, type Trap } from './trap.ts';

async function regrownWhileStopped(setting: Setting): Promise<Outcome> {
  const { t, random } = setting;
  const play = await scene(t, 'app.log');
  const lines = (count: number) => Array.from({ length: count }, (_, index) => `line ${index} of ${count} ${random.next()}`);
  const before = lines(1 + random.below(20));
  append(play.path('app.log'), `${before.join('\n')}\n`);
  const first = play.start();
  await play.receiver.got(before.length);
  await first.stop();
  const after = lines(100 + random.below(100));
  truncateAndWrite(play.path('app.log'), `${after.join('\n')}\n`);
  return outcomeOf(setting, { scene: play, sidecar: play.start(), written: [...before, ...after] });
}

async function rotatedWhileStopped(setting: Setting): Promise<Outcome> {
  const { t, random } = setting;
  const play = await scene(t, 'app.log');
  const app = application(setting, play.path('app.log'));
  app.write(100);
  const first = play.start();
  await play.receiver.got(100);
  await first.stop(random.pick(['SIGTERM', 'SIGKILL']));
  for (let round = 0; round < 3; round += 1) {
    app.write(1 + random.below(100));
    closeSync(app.rotateAll(5));
  }
  app.write(1 + random.below(100));
  // of what a kill came before the position of, nobody can tell that it arrived
  return outcomeOf(setting, { scene: play, sidecar: play.start(), written: app.written, mostDuplicates: 100 });
}

async function alike(setting: Setting): Promise<Outcome> {
  const { t, random } = setting;
  const play = await scene(t);
  const banner = `${'='.repeat(99)}\n`.repeat(3);
  const written: string[] = [];
  const write = (name: string, text = '') => {
    const line = `${random.next()} in ${name}`;
    append(play.path(`${name}.log`), `${text}${line}\n`);
    written.push(...text.split('\n').slice(0, -1), line);
  };
  const names = ['a', 'b', 'c', 'd'];
  for (const name of names) write(name, banner);
  const first = play.start();
  await play.receiver.got(names.length + 1);
  await first.stop();
  for (const name of names) write(name);
  return outcomeOf(setting, { scene: play, sidecar: play.start(), written });
}

async function killedWithoutSink(setting: Setting): Promise<Outcome> {
  const { t, random } = setting;
  const play = await scene(t);
  await play.receiver.close();
  const app = application(setting, play.path('app.log'));
  app.write(500 + random.below(10_000));
  const first = play.start();
  await first.says('cannot be reached');
  await pause(random.below(500));
  await first.stop('SIGKILL');
  app.write(50);
  await play.receiver.open();
  return outcomeOf(setting, { scene: play, sidecar: play.start(), written: app.written });
}

/** How long a sidecar may take to end whose sink is down, in seconds. */
const longestStop = 5;

async function stoppedWithoutSink(setting: Setting): Promise<Outcome> {
  const { t, random, scale } = setting;
  const play = await scene(t);
  const app = application(setting, play.path('app.log'));
  app.write(100);
  const first = play.start();
  await play.receiver.got(100);
  await play.receiver.close();
  app.write(500 + random.below(20_000));
  await first.says('cannot be reached');
  const begun = performance.now();
  const { code } = await first.stop();
  const seconds = (performance.now() - begun) / 1000;
  const broken = code === 0 ? [] : [`it ended with ${code}`];
  if (scale === 'whole' && seconds >= longestStop) broken.push(`it took ${seconds.toFixed(1)} s to end`);
  await play.receiver.open();
  const told = `ended after ${seconds.toFixed(1)} s`;
  return outcomeOf(setting, { scene: play, sidecar: play.start(), written: app.written, broken, told });
}

async function killedInMidstream(setting: Setting): Promise<Outcome> {
  const { t, random, scale } = setting;
  const inFlight = 3;
  const play = await scene(t, '*.log', { LOGS_BATCH_BYTES: '16Ki', LOGS_IN_FLIGHT: String(inFlight) });
  // longer than positions wait to be written, on a machine that is not busy: what is not in them yet is what was in flight
  play.receiver.delay = 500;
  const app = application(setting, play.path('app.log'));
  app.write(10_000);
  for (let round = 1; round <= 3; round += 1) {
    const sidecar = play.start();
    const before = play.receiver.batches.length;
    await until('some more arrived', () => play.receiver.batches.length > before + 2 * inFlight);
    await pause(random.below(500));
    await sidecar.stop('SIGKILL');
    // requests that were under way when it was killed may still be answered
    await settle();
  }
  play.receiver.delay = 0;
  const sidecar = play.start();
  await play.receiver.got(app.written.length);
  const batches = 3 * inFlight * (scale === 'whole' ? 1 : 2);
  const mostDuplicates = batches * Math.max(...play.receiver.batches.map(({ records }) => records.length));
  return outcomeOf(setting, { scene: play, sidecar, written: app.written, mostDuplicates });
}

async function secondSidecar(setting: Setting): Promise<Outcome> {
  const { t, random } = setting;
  const play = await scene(t);
  const app = application(setting, play.path('app.log'));
  app.write(100 + random.below(100));
  const sidecar = play.start();
  await play.receiver.got(1);
  const second = await play.start().ended;
  const refused = second.code === 64 && /is in use by another logs sidecar/.test(second.stdout + second.stderr);
  app.write(100);
  const broken = refused ? [] : [`the second one was not refused, but ended with ${second.code}`];
  return outcomeOf(setting, { scene: play, sidecar, written: app.written, broken });
}

export const restarts: readonly Trap[] = [
  { name: '7', title: 'truncated and regrown while stopped', bound: '0 duplicates', play: regrownWhileStopped },
  {
    name: '8',
    title: 'rotated while stopped or killed, with a glob for app.log alone',
    bound: 'duplicates ≤ what the last position came before',
    play: rotatedWhileStopped,
  },
  { name: '10', title: 'four files with the same first 300 bytes, restarted', bound: '0 duplicates', play: alike },
  { name: '11', title: 'SIGKILL while the sink is down', bound: '0 duplicates', play: killedWithoutSink },
  {
    name: '12',
    title: 'SIGTERM while the sink is down',
    bound: `0 duplicates, exit < ${longestStop} s`,
    play: stoppedWithoutSink,
  },
  {
    name: '13',
    title: 'SIGKILL three times in midstream',
    bound: 'duplicates ≤ batches in flight',
    play: killedInMidstream,
  },
  { name: '27', title: 'two sidecars on one state folder', bound: 'the second refuses, 0 duplicates', play: secondSidecar },
];
