import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Limits, refusal, suspicion } from '../../../../sidecars/backup/run/verdict.ts';
import { manifestOf } from '../manifests.ts';

const limits: Limits = { maxChanged: 0.1, unreadable: 'warn', minRatio: 0.5 };
const last = manifestOf('20261126T031500Z-aaaaaa');

describe('whether a run may become a backup', () => {
  test('it may, with some files that changed and some that cannot be read', () => {
    const seen = {
      ...last,
      changed: { count: 10, paths: ['/data/a'] },
      unreadable: { count: 2, paths: [{ path: '/data/b', reason: 'EACCES' }] },
    };
    assert.equal(refusal(seen, limits), undefined);
  });

  test('it may not where too many changed', () => {
    const seen = { ...last, changed: { count: 11, paths: ['/data/a'] } };
    assert.match(
      refusal(seen, limits)?.reason ?? '',
      /^11 of 100 files \(11 %\) changed .* \/data\/a among them.*BACKUP_MAX_CHANGED$/,
    );
    assert.equal(refusal(seen, limits)?.permission, false);
    assert.equal(
      refusal({ ...last, changed: { count: 1, paths: ['/data/a'] } }, { ...limits, maxChanged: 0 })?.permission,
      false,
    );
    assert.equal(refusal(last, { ...limits, maxChanged: 0 }), undefined);
  });

  test('it may not where one cannot be read and that is to be a failure', () => {
    const seen = { ...last, unreadable: { count: 2, paths: [{ path: '/data/b', reason: 'EACCES' }] } };
    const refused = refusal(seen, { ...limits, unreadable: 'fail' });
    assert.deepEqual([refused?.permission, /^\/data\/b: EACCES \(and 1 more\)/.test(refused?.reason ?? '')], [true, true]);
  });
});

describe('whether it is called good', () => {
  const having = (total: number) => ({ total, databases: [], sources: ['/data'] });

  test('it is, where there is nothing to compare it with, or it has about as much', () => {
    assert.equal(suspicion(having(0), undefined, limits), null);
    assert.equal(suspicion(having(0), { ...last, bytes: { total: 0, stored: 0 } }, limits), null);
    assert.equal(suspicion(having(500), last, limits), null);
    assert.equal(suspicion(having(1), last, { ...limits, minRatio: 0 }), null);
  });

  test('it is not, where it has shrunk', () => {
    assert.match(suspicion(having(499), last, limits) ?? '', /^it has 499 bytes, 49 % of the 1000 of 20261126T031500Z-aaaaaa/);
    assert.match(suspicion(having(0), last, limits) ?? '', /0 %/);
  });
});
