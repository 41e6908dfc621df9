import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeId, timeOfId } from '../../../../sidecars/backup/catalog/id.ts';
import { filesOf, folderOf, idOfFile, isManifest } from '../../../../sidecars/backup/catalog/keys.ts';
import { BadManifest, readManifest, sinceDatabases, writeManifest } from '../../../../sidecars/backup/catalog/read-manifest.ts';
import { manifestOf } from '../manifests.ts';

const id = '20261126T031500Z-3f9a2c';

describe('an id', () => {
  test('is the moment and six digits, and tells the moment again', () => {
    const begun = new Date('2026-11-26T03:15:00.789Z');
    assert.equal(makeId(begun, '3f9a2c'), id);
    assert.deepEqual(timeOfId(id), new Date('2026-11-26T03:15:00Z'));
  });

  test('ids sort as their moments do', () => {
    const ids = ['2025-12-31T23:59:59Z', '2026-01-01T00:00:00Z', '2026-10-02T00:00:00Z'].map((time) =>
      makeId(new Date(time), 'ffffff'),
    );
    assert.deepEqual(ids.toSorted(), ids);
  });

  for (const text of ['', 'latest', '20261126T031500Z', '20261326T031500Z-3f9a2c', '20261126T031500Z-3F9A2C', `${id}-x`])
    test(`"${text}" is none`, () => assert.equal(timeOfId(text), undefined));
});

describe('files', () => {
  test('are named after the id, the kind and what was done to them', () => {
    assert.deepEqual(filesOf(id, 'full', false), {
      archive: `${id}-full.tar.zst`,
      index: `${id}.index.zst`,
      manifest: `${id}.json`,
    });
    assert.equal(filesOf(id, 'differential', true).archive, `${id}-diff.tar.zst.age`);
    assert.deepEqual([folderOf(''), folderOf('db1')], ['', 'db1/']);
  });

  test('tell their id, and others tell none', () => {
    for (const kind of ['full', 'differential'] as const)
      for (const encrypted of [true, false])
        for (const file of Object.values(filesOf(id, kind, encrypted))) assert.equal(idOfFile(file), id);
    for (const file of [
      'lease-00000001.json',
      `${id}.tar.zst`,
      `${id}-full.tar.gz`,
      `x${id}.json`,
      `${id}.json.tmp`,
      'holiday.tar.zst',
    ])
      assert.equal(idOfFile(file), undefined, file);
    assert.deepEqual([isManifest(`${id}.json`), isManifest(`${id}.index.zst`)], [true, false]);
  });
});

describe('a manifest', () => {
  test('is read as it was written', () => {
    const manifest = manifestOf(id, {
      kind: 'differential',
      parent: id,
      verified: { at: '2026-11-26T03:20:00Z', how: 'content' },
      unreadable: { count: 1, paths: [{ path: '/data/x', reason: 'EACCES' }] },
    });
    assert.deepEqual(readManifest(writeManifest(manifest)), manifest);
  });

  test('each field is looked at', () => {
    const manifest = manifestOf(id);
    for (const field of Object.keys(manifest).filter((name) => !(name in sinceDatabases))) {
      const without = Buffer.from(JSON.stringify({ ...manifest, [field]: undefined }));
      assert.throws(() => readManifest(without), new RegExp(`its field ${field} `), field);
    }
    const aside = { ...manifest, archive: { ...manifest.archive, file: '../../etc/passwd' } };
    assert.throws(() => readManifest(writeManifest(aside)), /its field archive/);
  });

  test('one from before databases could be saved has none', () => {
    const before = Buffer.from(
      JSON.stringify({ ...manifestOf(id), databases: undefined, globals: undefined, drilled: undefined }),
    );
    assert.deepEqual(readManifest(before), manifestOf(id));
    for (const [field, value] of Object.entries({ databases: [{}], globals: [{}], drilled: {} }))
      assert.throws(
        () => readManifest(Buffer.from(JSON.stringify({ ...manifestOf(id), [field]: value }))),
        new RegExp(`its field ${field} `),
      );
  });

  test('what is none is told, and what is newer asks for a newer release', () => {
    assert.throws(() => readManifest(Buffer.from('<html>')), BadManifest);
    assert.throws(() => readManifest(Buffer.from('null')), BadManifest);
    assert.throws(
      () => readManifest(Buffer.from(JSON.stringify({ ...manifestOf(id), version: 2 }))),
      /use a newer sidekick\/backup/,
    );
  });
});
