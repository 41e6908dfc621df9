// Sinks that are away, slow, or refuse; and disks that are full.
import { readFileSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fill, temporaryMount } from '#harness/mount.ts';
import { openPaths, privateMemory } from '#harness/proc.ts';
import type { Behaviour } from '#harness/receiver.ts';
import { until } from '#harness/until.ts';
import { Application, append, scene, settle } from '../scene.ts';
import { difference, outcomeOf } from './outcome.ts';
import { application, type Outcome, pidOf, type Setting, type Trap } from './trap.ts';

/** How much private memory may grow while the sink is down, in bytes. */
const mostGrowth = 5 * 2 ** 20;

async function memoryWithoutSink(setting: Setting): Promise<Outcome> {
  const { t, scale } = setting;
  const lines = scale === 'quick' ? 20_000 : 50_000;
  const play = await scene(t);
  const warm = application(setting, play.path('warm.log'));
  const written: string[] = [];
  warm.write(20_000);
  const sidecar = play.start();
  const pid = pidOf(sidecar);
  await play.receiver.got(20_000);
  await play.receiver.close();
  warm.write(40_000);
  await sidecar.says('cannot be reached');
  const before = Math.max(...(await memories(pid)));
  for (let round = 0; round < 6; round += 1) {
    const app = new Application(play.path(`app${round}.log`));
    app.write(lines);
    await until('it is open', () => openPaths(pid).includes(app.path));
    unlinkSync(app.path);
    app.write(100);
    app.close();
    written.push(...app.written);
    warm.write(5000);
    warm.rotateAll(9);
  }
  await settle();
  const grown = Math.min(...(await memories(pid))) - before;
  const told = `${(grown / 2 ** 20).toFixed(1)} MiB more for ${((written.length * 75) / 1e6).toFixed(0)} MB`;
  const broken = grown < mostGrowth ? [] : [`private memory grew by ${(grown / 2 ** 20).toFixed(1)} MiB`];
  await play.receiver.open();
  return outcomeOf(setting, { scene: play, sidecar, written: [...warm.written, ...written], broken, told });
}

/** Private memory at some moments: what is garbage comes and goes. */
async function memories(pid: number): Promise<number[]> {
  const found: number[] = [];
  for (let look = 0; look < 6; look += 1) {
    await pause(150);
    found.push(privateMemory(pid));
  }
  return found;
}

async function answers(setting: Setting): Promise<Outcome> {
  const { t, random } = setting;
  const play = await scene(t, '*.log', { LOGS_BATCH_BYTES: '16Ki' });
  const { receiver } = play;
  const deadLetter = join(String(play.env.LOGS_STATE), 'dead-letter.ndjson');
  const left: Behaviour[] = [503, 429, 'reset', 500, 'reset', 408];
  receiver.behave = (_, batch) => {
    if (batch?.records.some(({ file }) => file === play.path('poison.log'))) return 400;
    // every other one is taken
    const behaviour = random.below(2) === 0 ? left.pop() : undefined;
    receiver.answerHeaders = behaviour === 429 ? { 'retry-after': '1' } : {};
    return behaviour ?? 200;
  };
  const app = application(setting, play.path('app.log'));
  app.write(2000);
  const sidecar = play.start();
  await until('it was refused in every way', () => {
    if (left.length > 0) app.write(20);
    return left.length === 0;
  });
  await receiver.got(app.written.length);
  const poison = Array.from({ length: 1 + random.below(5) }, (_, index) => `poison ${index} ${random.next()}`);
  append(play.path('poison.log'), `${poison.join('\n')}\n`);
  await until('it is with the dead letters', () => poison.every((line) => textOf(deadLetter).includes(line)));
  app.write(100);
  const received = () => [...receiver.messages, ...poison.filter((line) => textOf(deadLetter).includes(line))];
  const delivered = difference(poison, receiver.messages).lost.length < poison.length;
  const broken = delivered ? ['what was refused by 400 was delivered'] : [];
  return outcomeOf(setting, { scene: play, sidecar, written: [...app.written, ...poison], received, broken });
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // nothing was ever refused
    return '';
  }
}

async function deletedUnread(setting: Setting): Promise<Outcome> {
  const { t, random } = setting;
  const play = await scene(t, '*.log', {
    LOGS_BATCH_BYTES: '16Ki',
    LOGS_WATCH: random.pick(['true', 'false']),
    LOGS_RESCAN: '200ms',
  });
  play.receiver.delay = 20;
  append(play.path('first.log'), 'first\n');
  const sidecar = play.start();
  await play.receiver.got(1);
  const app = application(setting, play.path('app.log'));
  app.write(20_000);
  await until('it is open', () => openPaths(pidOf(sidecar)).includes(app.path));
  await pause(random.below(300));
  unlinkSync(app.path);
  app.write(1 + random.below(100));
  const written = ['first', ...app.written];
  await play.receiver.got(written.length);
  const deleted = () => openPaths(pidOf(sidecar)).filter((path) => path.endsWith(' (deleted)'));
  await until('the deleted file is closed', () => deleted().length === 0).catch(() => undefined);
  const broken = deleted().map((path) => `${path} is still open`);
  return outcomeOf(setting, { scene: play, sidecar, written, broken });
}

async function stateDiskFull(setting: Setting): Promise<Outcome> {
  const { t, random } = setting;
  const play = await scene(t, '*.log', { LOGS_STATE: temporaryMount(t, 'size=64k'), LOGS_ADMIN: '127.0.0.1:0' });
  const app = application(setting, play.path('app.log'));
  app.write(100);
  const sidecar = play.start();
  const admin = await sidecar.admin();
  await play.receiver.got(100);
  const ballast = fill(String(play.env.LOGS_STATE));
  app.write(500 + random.below(5000));
  await play.receiver.got(app.written.length);
  const says = (state: RegExp) => async () => state.test(await (await fetch(`${admin}/readyz`)).text());
  await until('the state is degraded', says(/state degraded: LOGS_STATE=.*(ENOSPC|disk is full)/));
  app.write(100);
  await play.receiver.got(app.written.length);
  unlinkSync(ballast);
  app.write(100);
  await until('the state is well', says(/^\[\+\] state ok$/m));
  return outcomeOf(setting, { scene: play, sidecar, written: app.written });
}

export const sinks: readonly Trap[] = [
  {
    name: '14',
    title: 'the sink is down through rotations and deletions',
    bound: '0 duplicates, private memory grows < 5 MiB',
    needs: ['linux'],
    play: memoryWithoutSink,
  },
  {
    name: '15',
    title: '408, 429, 500, 503, reset: delivered; 400: with the dead letters',
    bound: '0 duplicates',
    play: answers,
  },
  {
    name: '16',
    title: 'deleted before it was read, under a slow sink',
    bound: '0 duplicates, then closed',
    needs: ['linux'],
    play: deletedUnread,
  },
  {
    name: '17',
    title: 'the disk of the state is full',
    bound: '0 duplicates, degraded, recovers',
    needs: ['linux', 'root'],
    play: stateDiskFull,
  },
];
