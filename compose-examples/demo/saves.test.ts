import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BackupStatus, Saves } from './saves.ts';

/** A status with this many good runs, the last of which is called so. */
function status(saved: number, id: string | undefined): BackupStatus {
  const lastGood =
    id === undefined
      ? null
      : {
          ...{ id, kind: 'full', started: '2026-11-27T10:00:00.000Z', counts: { files: 2 } },
          ...{ archive: { plainBytes: 100, storedBytes: 50 }, verified: id === 'unread' ? null : { how: 'content' } },
        };
  return { next: null, lastGood, runs: { saved, partial: 1, suspicious: 2, failed: 3 } };
}

test('the last five good backups are told, the newest first, each once', () => {
  const saves = new Saves();
  for (const id of ['a', 'b', 'b', 'c', 'd', 'e', 'unread']) saves.take(status(9, id));
  assert.deepEqual(
    saves.saved?.recent.map(({ id }) => id),
    ['unread', 'e', 'd', 'c', 'b'],
  );
  assert.deepEqual(saves.saved?.recent.slice(0, 2), [
    { id: 'unread', kind: 'full', started: '2026-11-27T10:00:00.000Z', files: 2, bytes: 100, stored: 50, verified: false },
    { id: 'e', kind: 'full', started: '2026-11-27T10:00:00.000Z', files: 2, bytes: 100, stored: 50, verified: true },
  ]);
});

test('before a backup is good there is none to tell', () => {
  assert.equal(new Saves().saved, undefined);
  const begun = new Saves();
  begun.take(status(0, undefined));
  assert.deepEqual(begun.saved, { good: 0, bad: 6, next: null, recent: [] });
});
