import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { temporaryFolder } from '#harness/folder.ts';
import { type SidecarProcess, startSidecar } from '#harness/process.ts';
import type { ReceivedRecord, Receiver } from '#harness/receiver.ts';
import { until } from '#harness/until.ts';

/** One sink under test, as its receiver sees it. */
export interface Bench {
  readonly env: Readonly<Record<string, string>>;
  /** Everything that arrived. @throws where a record is not whole. */
  readonly records: (sidecar: SidecarProcess) => readonly ReceivedRecord[];
  /** Takes the receiver away before the sidecar starts, and gives it back; absent where it cannot be away. */
  readonly away?: { readonly begin: () => Promise<void>; readonly end: () => Promise<void> };
}

/** The bench of a sink with a receiver that speaks HTTP. */
export function overHttp(receiver: Receiver, env: Readonly<Record<string, string>> = {}): Bench {
  return {
    env: { LOGS_TO: receiver.url, ...env },
    records: () => receiver.records,
    away: { begin: () => receiver.close(), end: () => receiver.open() },
  };
}

/** What every sink does, whatever it speaks. @param options of the suite, such as what it needs. */
export function suite(name: string, open: (t: TestContext) => Promise<Bench>, options: object = {}): void {
  describe(`a sink: ${name}`, options, () => {
    test('gets every record of a job, whole, once and in order', async (t) => {
      const { env, records } = await open(t);
      const { file, settings } = place(t, 5000);
      const job = startSidecar(
        t,
        'logs',
        { ...settings, LOGS_HOST: 'web', LOGS_LABELS: 'app=shop,k=ü "q"', LOGS_IN_FLIGHT: '1', ...env },
        ['--once', '--batch-bytes=16Ki'],
      );
      const { code, stderr } = await job.ended;
      assert.equal(code, 0, stderr);
      const got = records(job);
      assert.deepEqual(
        got.map(({ message }) => message),
        linesOf(5000),
      );
      for (const record of got) {
        const { time, message: _, ...rest } = record;
        assert.deepEqual(rest, { file, host: 'web', app: 'shop', k: 'ü "q"' });
        assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      }
    });

    test('gets what is hard to write, as it was', async (t) => {
      const { env, records } = await open(t);
      const { file, settings } = place(t, 0);
      const hard = ['', '"quoted" \\ and \t tabs', 'ä€😀\u2028', '\u0000\u001f\u007f', `{"json":"in it"}`, 'x'.repeat(100_000)];
      writeFileSync(file, `${hard.join('\n')}\n`);
      const job = startSidecar(t, 'logs', { ...settings, ...env }, ['--once', '--batch-bytes=4Ki']);
      assert.equal((await job.ended).code, 0);
      assert.deepEqual(
        records(job)
          .map(({ message }) => message)
          .sort(),
        hard.sort(),
      );
    });

    test('gets a record larger than a batch, and an overlong line in marked pieces', async (t) => {
      const { env, records } = await open(t);
      const { file, settings } = place(t, 0);
      const long = '€'.repeat(20_000);
      writeFileSync(file, `${long}\n`);
      const job = startSidecar(t, 'logs', { ...settings, ...env }, ['--once', '--max-line=8000B', '--batch-bytes=4Ki']);
      assert.equal((await job.ended).code, 0);
      const pieces = [...records(job)].sort((a, b) => Number(a.partial_ordinal) - Number(b.partial_ordinal));
      assert.equal(pieces.map(({ message }) => message).join(''), long);
      assert.deepEqual(
        pieces.map(({ partial_ordinal, partial_last }) => [partial_ordinal, partial_last]),
        pieces.map((_, index) => [index + 1, index === pieces.length - 1]),
      );
      assert.equal(new Set(pieces.map(({ partial_id }) => partial_id)).size, 1);
    });

    test('gets lines while they are written, and those that are left when it is told to stop', async (t) => {
      const { env, records } = await open(t);
      const { file, settings } = place(t, 10);
      const running = startSidecar(t, 'logs', { ...settings, ...env });
      await until('the first lines arrived', () => records(running).length === 10);
      appendFileSync(file, 'more\n');
      await until('the next line arrived', () => records(running).length === 11);
      appendFileSync(file, 'last\n');
      assert.equal((await running.stop()).code, 0);
      assert.deepEqual(
        records(running).map(({ message }) => message),
        [...linesOf(10), 'more', 'last'],
      );
    });

    test('is not sent anything by --check', async (t) => {
      const { env, records } = await open(t);
      const { settings } = place(t, 10);
      mkdirSync(settings.LOGS_STATE);
      const checking = startSidecar(t, 'logs', { ...settings, ...env, LOGS_TO: env.LOGS_TO ?? '' }, ['--check']);
      const { code, stdout } = await checking.ended;
      assert.equal(code, 0, stdout);
      assert.match(stdout, /^ok {4}sink: /m);
      assert.doesNotMatch(stdout, /"message"/);
      if (name !== 'stdout:') assert.deepEqual(records(checking), []);
    });

    // stdout and folders are there, or the settings are refused
    if (!name.includes('http')) return;

    test('that is away at first gets everything once it is there', async (t) => {
      const { env, records, away } = await open(t);
      assert.ok(away);
      const { settings } = place(t, 100);
      await away.begin();
      const running = startSidecar(t, 'logs', { ...settings, ...env });
      await running.says('cannot be reached');
      await away.end();
      await until('all arrived', () => records(running).length >= 100);
      await running.says('ok');
      assert.equal((await running.stop()).code, 0);
      assert.deepEqual(
        records(running).map(({ message }) => message),
        linesOf(100),
      );
    });
  });
}

/** A log file with numbered lines, and the settings that follow it. */
export function place(t: TestContext, count: number) {
  const folder = temporaryFolder(t);
  const file = join(folder, 'app.log');
  writeFileSync(
    file,
    linesOf(count)
      .map((line) => `${line}\n`)
      .join(''),
  );
  return { folder, file, settings: { LOGS_PATHS: file, LOGS_STATE: join(folder, 'state') } };
}

/** The numbered lines. */
export function linesOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `line ${index}`);
}

/** The records in a text of NDJSON. @throws where one is torn. */
export function parse(text: string): ReceivedRecord[] {
  const lines = text.split('\n');
  assert.equal(lines.pop(), '', 'the last record is whole');
  return lines.map((line) => JSON.parse(line));
}

/** A line of the dead letters. */
export interface DeadLetter {
  readonly time: string;
  readonly destination: string;
  readonly reason: string;
  readonly record: unknown;
}

/** The dead letters of a sidecar with these settings; none where there is no such file. */
export function deadLettersOf({ LOGS_STATE }: { readonly LOGS_STATE: string }): DeadLetter[] {
  const path = join(LOGS_STATE, 'dead-letter.ndjson');
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n');
  assert.equal(lines.pop(), '', 'the last letter is whole');
  return lines.map((line) => JSON.parse(line));
}
