import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { linesOf, parse, place, suite } from './suite.ts';

const main = fileURLToPath(new URL('../../../../sidecars/logs/main.ts', import.meta.url));

suite('stdout:', async () => ({ env: { LOGS_TO: 'stdout:' }, records: ({ stdout }) => parse(stdout) }));

describe('stdout', () => {
  test('may be a file', async (t) => {
    const { folder, file, settings } = place(t, 5000);
    const path = join(folder, 'out.ndjson');
    const out = openSync(path, 'w');
    t.after(() => closeSync(out));
    const child = spawn(process.execPath, [main, '--once', file], {
      env: { PATH: process.env.PATH, ...settings },
      stdio: ['ignore', out, 'inherit'],
    });
    t.after(() => child.kill('SIGKILL'));
    assert.deepEqual(await once(child, 'exit'), [0, null]);
    assert.deepEqual(
      parse(readFileSync(path, 'utf8')).map(({ message }) => message),
      linesOf(5000),
    );
  });

  test('a reader that takes its time gets everything', async (t) => {
    const { settings, file } = place(t, 50_000);
    const child = spawn(process.execPath, [main, '--once', file], {
      env: { PATH: process.env.PATH, ...settings },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    t.after(() => child.kill('SIGKILL'));
    let text = '';
    for await (const part of child.stdout.setEncoding('utf8')) {
      text += part;
      await pause(1);
    }
    assert.deepEqual(
      parse(text).map(({ message }) => message),
      linesOf(50_000),
    );
  });
});
