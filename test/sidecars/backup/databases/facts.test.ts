import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Drilled } from '../../../../sidecars/backup/catalog/manifest.ts';
import { compareFacts, readFacts, type TableFacts, writeFacts } from '../../../../sidecars/backup/databases/facts.ts';
import { isDrillDue } from '../../../../sidecars/backup/drill/due.ts';

const fact = (table: string, rows: string, checksum: string | null = null): TableFacts => ({ table, rows, checksum });

async function* bytes(chunk: Uint8Array): AsyncGenerator<Uint8Array> {
  for (const byte of chunk) yield Uint8Array.of(byte);
}

test('facts are read as they were written, whatever tables are called', async () => {
  const facts = [fact('public."a\nb"', '1', '-5'), fact('public.ü', '99999999999999999999')];
  assert.deepEqual(await readFacts(bytes(writeFacts(facts))), facts);
  assert.deepEqual(await readFacts(bytes(writeFacts([]))), []);
});

for (const [what, saved, now, expected] of [
  ['the same in another order', [fact('a', '1', '2'), fact('b', '3')], [fact('b', '3'), fact('a', '1', '2')], []],
  ['a table that is gone', [fact('a', '1'), fact('b', '1')], [fact('a', '1')], [{ table: 'b', what: 'is missing' }]],
  ['a table that is new', [fact('a', '1')], [fact('a', '1'), fact('b', '1')], [{ table: 'b', what: 'was not there' }]],
  ['other rows', [fact('a', '1', '2')], [fact('a', '2', '2')], [{ table: 'a', what: 'has 2 rows, and had 1' }]],
  [
    'other values',
    [fact('a', '1', '2')],
    [fact('a', '1', '3')],
    [{ table: 'a', what: 'has as many rows (1), and other values' }],
  ],
  ['no checksum on one side', [fact('a', '1', '2'), fact('b', '1')], [fact('a', '1'), fact('b', '1', '3')], []],
] as const)
  test(`facts: ${what}`, () => assert.deepEqual(compareFacts(saved, now), expected));

/** A backup that was drilled then, with this outcome. */
const drilled = (at: string, outcome: Drilled['outcome'] = 'proven') => ({
  drilled: { at, outcome, seconds: 1, reason: null, tables: 1, rows: 1, checksums: true },
});
// a Thursday
const now = new Date('2026-11-26T03:15:00Z');

for (const [every, backups, due] of [
  ['never', [], false],
  ['always', [drilled('2026-11-26T03:14:00Z')], true],
  ['daily', [], true],
  ['daily', [{ drilled: null }], true],
  ['daily', [drilled('2026-11-25T23:59:00Z')], true],
  ['daily', [drilled('2026-11-26T00:01:00Z')], false],
  ['daily', [drilled('2026-11-26T00:01:00Z', 'disproved')], false],
  ['daily', [drilled('2026-11-26T00:01:00Z', 'undone')], true],
  ['weekly', [drilled('2026-11-23T00:01:00Z'), { drilled: null }], false],
  ['weekly', [drilled('2026-11-22T23:00:00Z')], true],
  ['monthly', [drilled('2026-11-01T00:00:00Z')], false],
  ['monthly', [drilled('2026-10-31T23:00:00Z')], true],
] as const)
  test(`a drill ${every} after ${JSON.stringify(backups.map((one) => [one.drilled?.at, one.drilled?.outcome]))}: ${due ? 'due' : 'not due'}`, () =>
    assert.equal(isDrillDue(every, backups, { now, timeZone: 'UTC' }), due));

test('a period is one of the time zone', () => {
  const backups = [drilled('2026-11-25T23:30:00Z')];
  assert.equal(isDrillDue('daily', backups, { now, timeZone: 'Europe/Berlin' }), false);
});
