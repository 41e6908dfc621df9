// The way of bytes from real files into batches, with a sink that remembers them.
import assert from 'node:assert/strict';
import { appendFileSync, closeSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { atEnd } from '#harness/at-end.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { recordsOf } from '#harness/receiver.ts';
import { until } from '#harness/until.ts';
import { Health } from '#shared/health.ts';
import type { Log } from '#shared/log.ts';
import { sightingOf } from '../../../sidecars/logs/discover/scan.ts';
import type { Followed } from '../../../sidecars/logs/follow/followed.ts';
import { ObjectPlan } from '../../../sidecars/logs/follow/objects.ts';
import { Pump } from '../../../sidecars/logs/follow/pump.ts';
import { FileTable } from '../../../sidecars/logs/follow/table.ts';
import { ndjson } from '../../../sidecars/logs/record/ndjson.ts';
import { type RecordSettings, recorderFor } from '../../../sidecars/logs/record/recorders.ts';
import { DeadLetters } from '../../../sidecars/logs/ship/dead-letter.ts';
import { Shipper } from '../../../sidecars/logs/ship/shipper.ts';
import type { ObjectPlace, Sink } from '../../../sidecars/logs/sinks/sink.ts';
import { asIs } from './recording.ts';

/** What a scene is made with beside the defaults. */
interface Props {
  readonly settings?: Partial<RecordSettings>;
  readonly linger?: number;
  readonly batchBytes?: number;
  readonly objects?: { readonly bytes: number; readonly wait: number };
  /** What becomes of each batch; it arrives where it resolves. */
  readonly send?: () => Promise<void>;
  readonly save?: () => Promise<boolean>;
}

/** A pump with its table and shipper, and what arrived. */
function scene(t: TestContext, props: Props = {}) {
  const folder = temporaryFolder(t);
  const errors: string[] = [];
  const log = { info: () => {}, debug: () => {}, error: (_: object, text: string) => errors.push(text) } as unknown as Log;
  const events: string[] = [];
  const messages: string[] = [];
  const objects: { readonly place: ObjectPlace; readonly messages: string[] }[] = [];
  const counts = { filtered: 0 };
  const settings: RecordSettings = { ...asIs, multilineWait: 100, ...props.settings };
  const linger = props.linger ?? 100;
  const sink: Sink = {
    name: 'a sink of a test',
    format: ndjson('web', {}),
    concurrency: 1,
    ...(props.objects === undefined ? {} : { objects: props.objects }),
    send: async ({ body, object }) => {
      const came = recordsOf(body.toString()).map(({ message }) => message);
      events.push(`send ${object?.start ?? ''}`.trim());
      await props.send?.();
      if (object !== undefined) objects.push({ place: object, messages: came });
      messages.push(...came);
      return undefined;
    },
    check: async () => '',
    close: async () => {},
  };
  const memory = { scannedAt: 0, positions: [] };
  const table = new FileTable(memory, {
    ...{ start: 'beginning', once: false, linger, openFiles: 64, readGzip: false, log },
    changed: () => events.push('changed'),
  });
  const part = new Health().part('sink');
  const shipper = new Shipper(
    sink,
    {
      ...{ batchBytes: props.objects?.bytes ?? props.batchBytes ?? 65_536, flush: 0, backoff: { base: 1, cap: 10 }, part, log },
      deadLetters: new DeadLetters(join(folder, 'dead')),
    },
    { acknowledged: (batch) => pump.arrived(batch), retried: () => {}, gaveUp: () => {} },
  );
  const save = async () => {
    events.push('save');
    return (await props.save?.()) ?? true;
  };
  const pump = new Pump(table, shipper, {
    ...{ maxLine: settings.maxLine, linger, multilineWait: settings.multilineWait, log },
    objects: props.objects && new ObjectPlan({ ...props.objects, linger, changed: () => events.push('changed'), save }),
    recorder: (file) => recorderFor(file, sink.format, settings),
    changed: ({ filtered }) => {
      counts.filtered += filtered;
    },
    skipped: () => events.push('skipped'),
  });
  const path = (name: string) => join(folder, name);
  /** What a scan does. */
  const scan = (...names: string[]) => {
    const sightings = names.map((name) => sightingOf(path(name), statSync(path(name))));
    table.update({ startedAt: Date.now(), busy: 0, sightings, folders: new Set([folder]), problems: [] });
    pump.offerAll();
  };
  const fileOf = (name: string): Followed => {
    const file = [...table].find(({ label }) => label === path(name));
    if (file === undefined) throw new Error(`${name} is not followed`);
    return file;
  };
  /** Runs until the test ends. */
  const run = () => {
    const ended = new AbortController();
    const running = pump.run(ended.signal);
    atEnd(t, async () => {
      ended.abort();
      await running;
    });
  };
  return { path, pump, shipper, table, events, errors, messages, objects, counts, scan, fileOf, run };
}

test('a file that cannot be read is told once and not asked again until somebody offers it', async (t) => {
  const { path, scan, fileOf, run, errors, messages, pump } = scene(t);
  writeFileSync(path('app.log'), 'one\n');
  scan('app.log');
  const file = fileOf('app.log');
  // as of a disk that fails
  closeSync(file.fd as number);
  run();
  await until('it is told', () => errors.length > 0);
  await pause(100);
  assert.equal(errors.length, 1);
  pump.offer(file);
  await until('it is told again', () => errors.length === 2);
  assert.deepEqual(messages, []);
});

test('a last line that goes on at the moment when it would be taken for whole is not cut', async (t) => {
  const { path, scan, fileOf, run, messages, pump } = scene(t, { linger: 30_000 });
  writeFileSync(path('app.log'), 'first\nabc');
  scan('app.log');
  run();
  const file = fileOf('app.log');
  await until('the beginning is read', () => file.unfinished === 3 && messages.length === 1);
  // rotated, and quiet for longer than anybody waits; what comes now has not been seen yet
  file.standing = 'rotated';
  file.activeAt = 0;
  appendFileSync(path('app.log'), 'def');
  pump.offer(file);
  await until('the rest is seen', () => file.unfinished === 6 || messages.length > 1);
  appendFileSync(path('app.log'), 'ghi\n');
  file.look();
  pump.offer(file);
  await until('the line is there', () => messages.length > 1);
  assert.deepEqual(messages, ['first', 'abcdefghi']);
});

test('the last record of several lines comes when it has waited long enough, though no scan asks for it', async (t) => {
  const { path, scan, run, messages } = scene(t, { settings: { multiline: { mode: 'indent' } } });
  writeFileSync(path('app.log'), 'one\n  of it\ntwo\n  of it\n');
  scan('app.log');
  run();
  await until('both are there', () => messages.length === 2);
  assert.deepEqual(messages, ['one\n  of it', 'two\n  of it']);
});

test('the rest of a rotated file without a line end comes when it was quiet long enough, though no scan asks for it', async (t) => {
  const { path, scan, fileOf, run, messages } = scene(t);
  writeFileSync(path('app.log'), 'one\ntwo');
  scan('app.log');
  fileOf('app.log').standing = 'rotated';
  run();
  await until('both are there', () => messages.length === 2);
  assert.deepEqual(messages, ['one', 'two']);
});

test('of lines that are all left out the place is moved, and nothing is sent', async (t) => {
  const { path, scan, fileOf, run, messages, events, counts } = scene(t, { settings: { excludeLines: [/^dull/] } });
  const dull = 'dull\n'.repeat(100_000);
  writeFileSync(path('app.log'), dull);
  scan('app.log');
  run();
  const file = fileOf('app.log');
  await until('they are done with', () => file.ledger.acknowledged.offset === dull.length);
  assert.equal(counts.filtered, 100_000);
  assert.deepEqual(messages, []);
  assert.ok(events.includes('skipped') && !events.includes('send'));
  appendFileSync(path('app.log'), 'keen\n');
  scan('app.log');
  await until('the next one is sent', () => file.ledger.acknowledged.offset === dull.length + 5);
  assert.deepEqual(messages, ['keen']);
});

test('records larger than a batch, among others, come in order and whole', async (t) => {
  const { path, scan, messages, pump, shipper } = scene(t, { batchBytes: 4096 });
  const lines = Array.from({ length: 300 }, (_, index) => `${index} ${'\u0001'.repeat(index % 7 === 0 ? 5000 : 10)}`);
  writeFileSync(path('app.log'), `${lines.join('\n')}\n`);
  scan('app.log');
  await pump.drain(true);
  await shipper.settle();
  assert.deepEqual(messages, lines);
});

test('an object holds lines of one file, and the next of that file begins where it ended, after that is on the disk', async (t) => {
  const props = { objects: { bytes: 4096, wait: 60_000 } };
  const { path, scan, objects, events, pump, shipper, fileOf } = scene(t, props);
  const linesOf = (name: string) => Array.from({ length: 200 }, (_, index) => `${name} ${index}`);
  for (const name of ['a', 'b']) writeFileSync(path(name), `${linesOf(name).join('\n')}\n`);
  scan('a', 'b');
  await pump.drain(true);
  await shipper.settle();
  for (const name of ['a', 'b']) {
    const own = objects.filter(({ place }) => place.file === path(name));
    assert.ok(own.length > 3);
    assert.deepEqual(
      own.flatMap(({ messages }) => messages),
      linesOf(name),
    );
    let start = 0;
    for (const { place, messages } of own) {
      assert.equal(place.start, start);
      start += messages.reduce((sum, message) => sum + message.length + 1, 0);
    }
    assert.equal(new Set(own.map(({ place }) => place.life)).size, 1);
    assert.equal(fileOf(name).ledger.acknowledged.offset, start);
  }
  assert.ok(events.indexOf('save') < events.indexOf('send 0'));
  // between two objects of a file the place is written
  const sends = events.flatMap((event, index) => (event.startsWith('send') && event !== 'send 0' ? [index] : []));
  for (const index of sends) assert.ok(events.slice(0, index).lastIndexOf('save') > events.slice(0, index).indexOf('send 0'));
});

test('an object is due when there is enough, when its lines waited, and not before', async (t) => {
  let release: (() => void) | undefined;
  const send = () =>
    new Promise<void>((resolve) => {
      release = resolve;
    });
  const { path, scan, objects, events, fileOf, run } = scene(t, { objects: { bytes: 4096, wait: 400 }, send });
  writeFileSync(path('app.log'), 'one\n');
  const began = Date.now();
  scan('app.log');
  run();
  const file = fileOf('app.log');
  await until('it is sent', () => events.includes('send 0'));
  assert.ok(Date.now() - began >= 400);
  // what comes while it is on its way waits for it, and then for its own time
  appendFileSync(path('app.log'), 'two\n');
  scan('app.log');
  await pause(500);
  assert.deepEqual(
    events.filter((event) => event.startsWith('send')),
    ['send 0'],
  );
  release?.();
  await until('the first has arrived', () => file.ledger.acknowledged.offset === 4);
  await until('the second is sent', () => events.includes('send 4'));
  release?.();
  await until('both are there', () => objects.length === 2);
  assert.deepEqual(
    objects.map(({ messages }) => messages),
    [['one'], ['two']],
  );
});

test('where the disk takes no positions, objects are sent all the same', async (t) => {
  const props = { objects: { bytes: 4096, wait: 60_000 }, save: async () => false };
  const { path, scan, objects, pump, shipper } = scene(t, props);
  writeFileSync(path('app.log'), `${'x'.repeat(3000)}\n`.repeat(5));
  scan('app.log');
  await pump.drain(true);
  await shipper.settle();
  assert.equal(objects.length, 5);
});
