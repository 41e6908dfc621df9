import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { temporaryFolder } from '#harness/folder.ts';
import { Catalog } from '../../../../sidecars/backup/catalog/catalog.ts';
import { Copies, NoStoreLeft } from '../../../../sidecars/backup/run/copies.ts';
import { openFileStore } from '../../../../sidecars/backup/stores/file.ts';
import { manifestOf } from '../manifests.ts';

const manifest = manifestOf('20261126T031500Z-aaaaaa');
const archive = manifest.archive.file;

/** Two folders that are stores. */
async function twoStores(t: TestContext) {
  const folders = [temporaryFolder(t), temporaryFolder(t)] as const;
  const copies = new Copies(await Promise.all(folders.map(async (folder) => new Catalog(await openFileStore(folder), ''))));
  return { folders, copies };
}

/** Makes a store fail: its folder is a file from now on. */
function breakStore(folder: string): void {
  rmSync(folder, { recursive: true });
  writeFileSync(folder, '');
}

describe('the stores of a run', () => {
  test('all get the same bytes, under the final name once they are committed', async (t) => {
    const { folders, copies } = await twoStores(t);
    const file = await copies.begin(archive);
    await file.write(Buffer.from('content'));
    for (const folder of folders) assert.ok(!readdirSync(folder).includes(archive));
    await file.commit();
    await copies.each((copy) => copy.finish(manifest));
    await copies.abort();
    for (const folder of folders) assert.deepEqual(readdirSync(folder).sort(), [archive, `${manifest.id}.json`].sort());
  });

  test('one that fails is left out, and the others go on', async (t) => {
    const { folders, copies } = await twoStores(t);
    breakStore(folders[0]);
    const file = await copies.begin(archive);
    await file.write(Buffer.from('content'));
    await file.commit();
    assert.deepEqual(
      copies.all.map(({ failure }) => failure === undefined),
      [false, true],
    );
    assert.match(copies.all[0]?.failure ?? '', /^file:\/\/.* cannot write /);
    assert.deepEqual(readdirSync(folders[1]), [archive]);
  });

  test('without any left it is over, with the words of each', async (t) => {
    const { folders, copies } = await twoStores(t);
    for (const folder of folders) breakStore(folder);
    await assert.rejects(copies.begin(archive), (error: Error) => {
      assert.ok(error instanceof NoStoreLeft);
      for (const folder of folders) assert.ok(error.message.includes(folder), error.message);
      return true;
    });
  });

  test('what was begun, and what was committed without its manifest, leaves nothing when it is given up', async (t) => {
    const { folders, copies } = await twoStores(t);
    const [whole, half] = [await copies.begin(archive), await copies.begin(manifest.index.file)];
    await whole.write(Buffer.from('content'));
    await whole.commit();
    await half.write(Buffer.from('half'));
    await copies.abort();
    for (const folder of folders) assert.deepEqual(readdirSync(folder), []);
  });

  test('a store whose manifest cannot be written has nothing of the backup', async (t) => {
    const { folders, copies } = await twoStores(t);
    const file = await copies.begin(archive);
    await file.commit();
    // a folder stands where the manifest should
    mkdirSync(join(folders[0], `${manifest.id}.json`, 'x'), { recursive: true });
    await copies.each((copy) => copy.finish(manifest));
    assert.match(copies.all[0]?.failure ?? '', /cannot write 20261126T031500Z-aaaaaa\.json/);
    assert.deepEqual(readdirSync(folders[0]), [`${manifest.id}.json`]);
    assert.equal(readdirSync(folders[1]).length, 2);
  });
});
