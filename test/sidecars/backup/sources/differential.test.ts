import assert from 'node:assert/strict';
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '#harness/folder.ts';
import { type Random, seeded } from '#harness/random.ts';
import { until } from '#harness/until.ts';
import { Baseline, replaces } from '../../../../sidecars/backup/sources/baseline.ts';
import { DeletedNames } from '../../../../sidecars/backup/sources/deleted-names.ts';
import { describeEntry } from '../../../../sidecars/backup/sources/index-record.ts';
import { IndexWriter } from '../../../../sidecars/backup/sources/index-writer.ts';
import { isWithin } from '../../../../sidecars/backup/sources/name-order.ts';
import { Selection } from '../../../../sidecars/backup/sources/selection.ts';
import { walk } from '../../../../sidecars/backup/sources/walk.ts';
import { inChunks, Kept } from '../bytes.ts';

// A model of archives: the names that they have with what was found there, in order. What an entry says of itself stands for its content:
// its inode and times tell two contents apart, as no file is changed without them.

interface Archive {
  readonly entries: readonly (readonly [name: string, content: string])[];
  readonly index: Buffer;
}

type State = Map<string, string>;

/** What changed in the last 15 ms is not trusted, which is more than a tick of the kernel; 2 s would be all there is. */
const soon = () => Date.now() + 1985;

async function fullBackup(folder: string, again: readonly string[]): Promise<Archive> {
  const kept = new Kept();
  const writer = new IndexWriter(kept, soon);
  const entries: [string, string][] = [];
  const late: [string, string][] = [];
  for (const { entry } of walk([folder], { onTrouble: never })) {
    const name = entry.name.toString('latin1');
    const described = describeEntry(entry);
    const isLate = again.includes(name.slice(folder.length));
    entries.push([name, isLate ? 'torn' : described]);
    if (isLate) late.push([name, described]);
    await writer.add(entry, { stored: 'here', again: isLate, offset: 0 });
  }
  await writer.end();
  return { entries: [...entries, ...late], index: kept.bytes };
}

async function differentialBackup(
  folder: string,
  parent: Buffer,
): Promise<Archive & { readonly deleted: string[]; readonly unchanged: number }> {
  const kept = new Kept();
  const writer = new IndexWriter(kept, soon);
  const deleted = new DeletedNames();
  const baseline = new Baseline(inChunks(parent, 1000), { onDeleted: (name) => deleted.add(name), onSpared: never });
  const entries: [string, string][] = [];
  let unchanged = 0;
  for (const { entry } of walk([folder], { onTrouble: never })) {
    const described = describeEntry(entry);
    const line = await baseline.find(entry.name, described);
    if (line?.tellsOf(described)) {
      unchanged += 1;
      await writer.inherit(line);
      continue;
    }
    if (line !== undefined && replaces(entry, line.record)) deleted.add(entry.name);
    entries.push([entry.name.toString('latin1'), described]);
    await writer.add(entry, { stored: 'here', again: false, offset: 0 }, described);
  }
  await baseline.rest();
  await writer.end();
  const names = Buffer.concat([...deleted.content()])
    .toString('latin1')
    .split('\0')
    .slice(0, -1);
  return { entries, index: kept.bytes, deleted: names, unchanged };
}

/** As a restore of ours combines them. */
async function combined(base: Archive, differential: Archive): Promise<State> {
  const selection = new Selection(inChunks(differential.index, 333));
  const state: State = new Map();
  for (const [name, content] of base.entries) if (await selection.wants(Buffer.from(name, 'latin1'))) state.set(name, content);
  for (const [name, content] of differential.entries) state.set(name, content);
  await selection.close();
  return state;
}

/** As a person does it by hand: the base, then what is to be removed, then the differential archive. */
function byHand(base: Archive, differential: Archive & { readonly deleted: readonly string[] }): State {
  const state: State = new Map(base.entries);
  for (const folder of differential.deleted) {
    for (const name of state.keys()) if (isWithin(Buffer.from(name, 'latin1'), Buffer.from(folder, 'latin1'))) state.delete(name);
  }
  for (const [name, content] of differential.entries) state.set(name, content);
  return state;
}

function present(folder: string): State {
  const entries = [...walk([folder], { onTrouble: never })];
  return new Map(entries.map(({ entry }) => [entry.name.toString('latin1'), describeEntry(entry)]));
}

/** One thing that people and programs do to a tree. */
function act(random: Random, folder: string, step: number): void {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
  const folders = [folder, ...paths.filter((path) => lstatSync(path).isDirectory())];
  const files = paths.filter((path) => lstatSync(path).isFile());
  const fresh = () => join(random.pick(folders), random.pick(['n', 'n.x', 'é', 'a b', 'n-1']) + step);
  const action = random.weighted({
    write: 4,
    grow: 2,
    same: 2,
    chmod: 1,
    touch: 1,
    move: 2,
    remove: 2,
    folder: 2,
    swap: 2,
    link: 1,
    symlink: 1,
  });
  const file = files.length > 0 ? random.pick(files) : undefined;
  const any = paths.length > 0 ? random.pick(paths) : undefined;
  if (action === 'write') writeFileSync(fresh(), `${step}`);
  else if (action === 'folder') mkdirSync(fresh());
  else if (action === 'symlink') symlinkSync(`to ${step}`, fresh());
  else if (any === undefined || file === undefined) return;
  else if (action === 'grow') writeFileSync(file, `more ${step}`, { flag: 'a' });
  else if (action === 'chmod') chmodSync(file, 0o600 + random.below(64));
  else if (action === 'touch') utimesSync(file, step, step);
  else if (action === 'link') linkSync(file, fresh());
  else if (action === 'remove') rmSync(any, { recursive: true });
  else if (action === 'same') {
    // the same size, and modified at the same time: only the change time tells
    const { atime, mtime, size } = lstatSync(file);
    writeFileSync(file, 'z'.repeat(size));
    utimesSync(file, atime, mtime);
  } else if (action === 'swap') {
    const wasFolder = lstatSync(any).isDirectory();
    rmSync(any, { recursive: true });
    if (wasFolder) writeFileSync(any, 'now a file');
    else makeFolder(any);
  } else {
    const target = fresh();
    if (!target.startsWith(`${any}/`)) renameSync(any, target);
  }
}

function makeFolder(path: string): void {
  mkdirSync(path);
  writeFileSync(join(path, 'inside'), '');
}

for (let round = 0; round < 12; round += 1) {
  test(`a full and a differential backup make the tree of today, round ${round + 1}`, async (t) => {
    const random = seeded(t);
    const folder = temporaryFolder(t);
    for (let step = 0; step < 60; step += 1) act(random, folder, step);
    const names = [...present(folder)]
      .filter(([, described]) => described.startsWith('f'))
      .map(([name]) => name.slice(folder.length));
    const base = await fullBackup(
      folder,
      names.filter(() => random.below(8) === 0),
    );
    for (let step = 100; step < 100 + random.below(60); step += 1) act(random, folder, step);
    const differential = await differentialBackup(folder, base.index);
    const today = present(folder);
    assert.deepEqual(sorted(await combined(base, differential)), sorted(today));
    assert.deepEqual(sorted(byHand(base, differential)), sorted(today));
    assert.equal(differential.unchanged + differential.entries.length, today.size);
  });
}

test('of what nobody touched nothing is stored', async (t) => {
  const random = seeded(t);
  const folder = temporaryFolder(t);
  for (let step = 0; step < 100; step += 1) act(random, folder, step);
  const made = Date.now();
  await until('a tick of the kernel is over', () => Date.now() > made + 20);
  const base = await fullBackup(folder, []);
  const { entries, deleted, unchanged } = await differentialBackup(folder, base.index);
  assert.deepEqual([entries, deleted, unchanged], [[], [], base.entries.length]);
});

function never(): never {
  throw new Error('all of it can be looked at');
}

function sorted(state: State): [string, string][] {
  return [...state].sort(([a], [b]) => (a < b ? -1 : 1));
}
