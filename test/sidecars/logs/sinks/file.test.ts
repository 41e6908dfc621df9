import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { temporaryFolder } from '#harness/folder.ts';
import { fill, temporaryMount } from '#harness/mount.ts';
import { needs } from '#harness/needs.ts';
import { runSidecar, startSidecar } from '#harness/process.ts';
import { until } from '#harness/until.ts';
import { linesOf, parse, place, suite } from './suite.ts';

suite('file:///', async (t) => {
  const folder = join(temporaryFolder(t), 'out');
  return { env: { LOGS_TO: `file://${folder}`, LOGS_HOST: 'web' }, records: () => parse(written(folder)) };
});

describe('file', () => {
  const out = (t: TestContext) => {
    const folder = join(temporaryFolder(t), 'out');
    mkdirSync(folder);
    return { folder, env: { LOGS_TO: `file://${folder}`, LOGS_HOST: 'web' } };
  };

  test('one file for each host and day', async (t) => {
    const { folder, env } = out(t);
    const { settings } = place(t, 3);
    assert.equal((await runSidecar(t, 'logs', { ...settings, ...env, LOGS_HOST: 'web/1' }, ['--once'])).code, 0);
    assert.match(recordFiles(folder).join(), /^web_1-\d{4}-\d\d-\d\d\.ndjson$/);
  });

  test('its own folder is not followed, though a glob matches', async (t) => {
    const { folder, settings } = place(t, 3);
    const env = { ...settings, LOGS_PATHS: `${folder}/**/*`, LOGS_TO: `file://${folder}/out`, LOGS_HOST: 'web' };
    for (let run = 0; run < 2; run += 1) assert.equal((await runSidecar(t, 'logs', env, ['--once'])).code, 0);
    assert.deepEqual(
      parse(written(join(folder, 'out'))).map(({ message }) => message),
      linesOf(3),
    );
  });

  test('the torn record that a crash left is cut off', async (t) => {
    const { folder, env } = out(t);
    const { file, settings } = place(t, 3);
    assert.equal((await runSidecar(t, 'logs', { ...settings, ...env }, ['--once'])).code, 0);
    const [name = ''] = recordFiles(folder);
    appendFileSync(join(folder, name), `{"time":"2026","message":"${'torn'.repeat(50_000)}`);
    appendFileSync(file, 'after\n');
    assert.equal((await runSidecar(t, 'logs', { ...settings, ...env }, ['--once'])).code, 0);
    assert.deepEqual(
      parse(written(folder)).map(({ message }) => message),
      [...linesOf(3), 'after'],
    );
  });

  test('a file of nothing but a torn record is begun again', async (t) => {
    const { folder, env } = out(t);
    const { settings } = place(t, 3);
    writeFileSync(join(folder, `web-${new Date().toISOString().slice(0, 10)}.ndjson`), 'torn'.repeat(50_000));
    assert.equal((await runSidecar(t, 'logs', { ...settings, ...env }, ['--once'])).code, 0);
    assert.deepEqual(
      parse(written(folder)).map(({ message }) => message),
      linesOf(3),
    );
  });

  test('a second sidecar with the same host name is refused, one with another is not', async (t) => {
    const { folder, env } = out(t);
    const { file, settings } = place(t, 3);
    const first = startSidecar(t, 'logs', { ...settings, ...env });
    await until('the first writes', () => recordFiles(folder).length === 1);
    const other = { ...settings, ...env, LOGS_STATE: `${settings.LOGS_STATE}2` };
    const second = await runSidecar(t, 'logs', other, ['--once']);
    assert.equal(second.code, 64);
    assert.match(second.stderr, /LOGS_TO=file:.* is written by another sidecar as host web; set LOGS_HOST/);
    assert.equal((await runSidecar(t, 'logs', { ...other, LOGS_HOST: 'db' }, ['--once'])).code, 0);
    appendFileSync(file, 'more\n');
    assert.equal((await first.stop()).code, 0);
    assert.equal(parse(written(folder)).length, 7);
  });

  for (const [what, disturb] of [
    ['deleted', unlinkSync],
    ['emptied', (path: string) => truncateSync(path)],
  ] as const) {
    test(`a file that was ${what} is begun again`, async (t) => {
      const { folder, env } = out(t);
      const { file, settings } = place(t, 3);
      const running = startSidecar(t, 'logs', { ...settings, ...env });
      await until('it writes', () => parse(written(folder)).length === 3);
      disturb(join(folder, recordFiles(folder)[0] ?? ''));
      appendFileSync(file, 'after\n');
      await until('it writes again', () => written(folder).includes('after'));
      assert.deepEqual(
        parse(written(folder)).map(({ message }) => message),
        ['after'],
      );
      assert.equal((await running.stop()).code, 0);
    });
  }

  test('a full disk: told, and when there is room again nothing is missing, torn or twice', needs('linux', 'root'), async (t) => {
    const folder = temporaryMount(t, 'size=2m');
    const ballast = fill(folder);
    truncateSync(ballast, 2 ** 21 - 200_000);
    const { settings } = place(t, 10_000);
    const env = { ...settings, LOGS_TO: `file://${folder}`, LOGS_HOST: 'web', LOGS_BATCH_BYTES: '64Ki' };
    const running = startSidecar(t, 'logs', env);
    await running.says('ENOSPC');
    unlinkSync(ballast);
    await until('everything is written', () => written(folder).split('\n').length > 10_000);
    assert.equal((await running.stop()).code, 0);
    assert.deepEqual(
      parse(written(folder)).map(({ message }) => message),
      linesOf(10_000),
    );
  });
});

function recordFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ndjson'))
    .sort();
}

/** What a file sink wrote; nothing where it has not begun. */
function written(folder: string): string {
  try {
    return recordFiles(folder)
      .map((name) => readFileSync(join(folder, name), 'utf8'))
      .join('');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}
