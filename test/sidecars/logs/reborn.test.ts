// A file that was given the inode of a deleted one. Which file systems do that, and when, is theirs: trap 9 waits for it, and here the birth that is known is another one.
import assert from 'node:assert/strict';
import { openSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryFolder } from '#harness/folder.ts';
import { sightingOf } from '../../../sidecars/logs/discover/scan.ts';
import { Followed } from '../../../sidecars/logs/follow/followed.ts';

/** A file that was followed, and closed as it was idle. @param birth of the file that was seen, when that of this one is given. */
function closed(t: TestContext, birth: (born: number) => number): Followed {
  const path = join(temporaryFolder(t), 'a.log');
  writeFileSync(path, 'a line\n');
  const sighting = sightingOf(path, statSync(path));
  const file = new Followed({ ...sighting, born: birth(sighting.born) }, path, openSync(path, 'r'));
  file.close();
  assert.equal(file.fd, undefined);
  t.after(() => file.close());
  return file;
}

test('the file that was seen is opened again, and so is one whose birth nobody keeps', (t) => {
  for (const birth of [(born: number) => born, () => 0]) {
    const file = closed(t, birth);
    assert.equal(file.open(), true);
    assert.notEqual(file.fd, undefined);
  }
});

test('one that was born at another time, with the same inode, is left to the next scan', (t) => {
  const file = closed(t, (born) => born - 5000);
  assert.equal(file.open(), false);
  assert.equal(file.fd, undefined);
});
