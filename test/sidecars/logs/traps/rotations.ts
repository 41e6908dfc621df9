// What rotations do to files while the sidecar runs.
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { append, scene, truncateAndWrite } from '../scene.ts';
import { outcomeOf } from './outcome.ts';
import { application, type Outcome, type Setting, type Trap } from './trap.ts';

/** Five renames, each with late writes to the old descriptor. */
async function renames(setting: Setting, watch: 'true' | 'false'): Promise<Outcome> {
  const { t, random } = setting;
  const play = await scene(t, 'app.log', { LOGS_WATCH: watch, LOGS_RESCAN: '200ms' });
  const app = application(setting, play.path('app.log'));
  app.write(100);
  const sidecar = play.start();
  await play.receiver.got(100);
  for (let round = 0; round < 5; round += 1) {
    app.write(1 + random.below(100));
    const old = app.rotateAll(6);
    app.write(1 + random.below(50), old);
    await pause(150);
    app.write(1 + random.below(50), old);
    closeSync(old);
    await pause(150);
    app.write(10);
  }
  const broken = () =>
    play.receiver.records.some(({ file }) => file !== app.path) ? ['records have the name of a rotated file'] : [];
  return outcomeOf(setting, { scene: play, sidecar, written: app.written, broken });
}

async function matchingRotated(setting: Setting): Promise<Outcome> {
  const { t, random } = setting;
  const play = await scene(t, 'app.log*');
  const app = application(setting, play.path('app.log'));
  app.write(100);
  const sidecar = play.start();
  await play.receiver.got(100);
  for (let round = 0; round < 5; round += 1) {
    closeSync(app.rotateAll(6));
    app.write(1 + random.below(100));
    await pause(random.below(200));
  }
  return outcomeOf(setting, { scene: play, sidecar, written: app.written });
}

async function compressed(setting: Setting): Promise<Outcome> {
  const { t, random } = setting;
  const play = await scene(t, 'app.log*', { LOGS_READ_GZIP: String(random.below(2) === 0) });
  const app = application(setting, play.path('app.log'));
  const sidecar = play.start();
  for (let round = 1; round <= 3; round += 1) {
    app.write(1 + random.below(200));
    await play.receiver.got(app.written.length);
    app.write(random.below(100) + 1);
    closeSync(app.rotate(play.path('app.log.1')));
    writeFileSync(play.path(`app.log.${round}.gz`), gzipSync(readFileSync(play.path('app.log.1'))));
    unlinkSync(play.path('app.log.1'));
    app.write(1 + random.below(100));
  }
  return outcomeOf(setting, { scene: play, sidecar, written: app.written });
}

async function copiedAndTruncated(setting: Setting): Promise<Outcome> {
  const { t, random } = setting;
  const more = { LOGS_WATCH: random.pick(['true', 'false']), LOGS_RESCAN: '250ms' };
  const play = await scene(t, random.pick(['app.log', 'app.log*']), more);
  const app = application(setting, play.path('app.log'));
  app.write(50);
  const sidecar = play.start();
  await play.receiver.got(50);
  for (let round = 0; round < 4; round += 1) {
    app.write(1 + random.below(200));
    for (let number = round; number >= 1; number -= 1)
      renameSync(play.path(`app.log.${number}`), play.path(`app.log.${number + 1}`));
    copyFileSync(play.path('app.log'), play.path('app.log.1'));
    truncateSync(play.path('app.log'));
    app.write(1 + random.below(40));
    await play.receiver.got(app.written.length);
  }
  return outcomeOf(setting, { scene: play, sidecar, written: app.written });
}

async function regrown(setting: Setting): Promise<Outcome> {
  const { t, random } = setting;
  const play = await scene(t, 'app.log', { LOGS_WATCH: random.pick(['true', 'false']), LOGS_RESCAN: '300ms' });
  const written: string[] = [];
  const sidecar = play.start();
  for (const count of [1 + random.below(50), 500, 1500]) {
    const lines = Array.from({ length: count }, (_, index) => `line ${index} of ${count} ${random.next()}`);
    truncateAndWrite(play.path('app.log'), `${lines.join('\n')}\n`);
    written.push(...lines);
    await play.receiver.got(written.length);
  }
  return outcomeOf(setting, { scene: play, sidecar, written });
}

/** How many files are made at the most until one has the inode of the deleted one: not every file system gives it again. */
const attempts = 300;

async function sameInode(setting: Setting): Promise<Outcome> {
  const { t, random } = setting;
  const play = await scene(t, '*.log', { LOGS_OPEN_FILES: '1', LOGS_RESCAN: '200ms' });
  const banner = `${'='.repeat(120)}\n`.repeat(3);
  const written: string[] = [];
  const write = (name: string, count: number) => {
    const lines = Array.from({ length: count }, (_, index) => `line ${written.length + index} ${random.next()} of ${name}`);
    append(play.path(name), `${banner}${lines.join('\n')}\n`);
    written.push(...banner.trimEnd().split('\n'), ...lines);
  };
  write('a.log', 5);
  write('b.log', 5);
  const sidecar = play.start();
  await play.receiver.got(written.length - 5);
  // only one of the two stays open: the inode of the other is free for the next file
  await pause(700);
  let reused = 0;
  for (const name of ['a.log', 'b.log']) {
    const { ino } = statSync(play.path(name));
    unlinkSync(play.path(name));
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      writeFileSync(play.path(`${attempt}.made`), '');
      if (statSync(play.path(`${attempt}.made`)).ino !== ino) continue;
      renameSync(play.path(`${attempt}.made`), play.path(name));
      reused += 1;
      break;
    }
    write(name, 50);
  }
  return outcomeOf(setting, { scene: play, sidecar, written, told: `${reused} of 2 inodes were given again` });
}

async function swapped(setting: Setting): Promise<Outcome> {
  const { t, random } = setting;
  const play = await scene(t, 'app.log', { LOGS_WATCH: random.pick(['true', 'false']), LOGS_RESCAN: '200ms' });
  const written: string[] = [];
  const write = (version: number) => {
    const lines = Array.from({ length: 1 + random.below(20) }, () => `${random.next()} in ${version}`);
    append(play.path(`..${version}/app.log`), `${lines.join('\n')}\n`);
    written.push(...lines);
  };
  const make = (version: number) => {
    mkdirSync(play.path(`..${version}`));
    write(version);
    symlinkSync(`..${version}`, play.path('..data_tmp'));
    renameSync(play.path('..data_tmp'), play.path('..data'));
  };
  make(1);
  symlinkSync('..data/app.log', play.path('app.log'));
  const sidecar = play.start();
  await play.receiver.got(written.length);
  for (let version = 2; version <= 5; version += 1) {
    make(version);
    write(version);
    await play.receiver.got(written.length);
    write(version);
    // the kubelet removes the folder that the link led to before
    rmSync(play.path(`..${version - 1}`), { recursive: true });
  }
  return outcomeOf(setting, { scene: play, sidecar, written });
}

export const rotations: readonly Trap[] = [
  {
    name: '1',
    title: 'five renames 300 ms apart, with late writes to the old descriptor',
    bound: '0 duplicates',
    play: (setting) => renames(setting, 'true'),
  },
  { name: '2', title: 'the same without inotify', bound: '0 duplicates', play: (setting) => renames(setting, 'false') },
  { name: '3', title: 'a glob that also matches rotated names', bound: '0 duplicates', play: matchingRotated },
  { name: '4', title: 'app.log.1 becomes app.log.1.gz', bound: '0 duplicates', play: compressed },
  { name: '5', title: 'copied and truncated four times', bound: '0 duplicates', play: copiedAndTruncated },
  { name: '6', title: 'truncated, and at once regrown past the old offset', bound: '0 duplicates', play: regrown },
  { name: '9', title: 'an inode that is given to a longer file', bound: '0 duplicates', play: sameInode },
  { name: '23', title: 'a link that is swapped, as the ..data of Kubernetes', bound: '0 duplicates', play: swapped },
];
