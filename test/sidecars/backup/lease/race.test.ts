import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { atEnd } from '#harness/at-end.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { SidecarProcess } from '#harness/process.ts';

const program = fileURLToPath(new URL('programs/contender.ts', import.meta.url));

test('eight processes take the lease two hundred times, and never two at once', async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'store'));
  writeFileSync(join(folder, 'rounds'), '');
  const contenders = Array.from({ length: 8 }, () => {
    const contender = new SidecarProcess(spawn(process.execPath, [program, folder, '200']));
    atEnd(t, () => contender.stop('SIGKILL'));
    return contender;
  });
  const ends = await Promise.all(contenders.map(({ ended }) => ended));
  for (const { code, stderr } of ends) assert.deepEqual([code, stderr], [0, '']);
  const rounds = readFileSync(join(folder, 'rounds'), 'utf8').trimEnd().split('\n');
  assert.ok(rounds.length >= 200, `${rounds.length}`);
  const each = Map.groupBy(rounds, (pid) => pid);
  t.diagnostic(`turns: ${[...each.values()].map(({ length }) => length).join(', ')}`);
  assert.ok(each.size > 1, 'more than one had its turn');
  // each turn is one generation, of which two are left
  const left = readdirSync(join(folder, 'store'));
  const last = String(rounds.length).padStart(8, '0');
  const before = String(rounds.length - 1).padStart(8, '0');
  assert.deepEqual(left.toSorted(), [`lease-${before}.json`, `lease-${last}.json`]);
});
