import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { retryAfterOf, verdictOf } from '../../../../sidecars/logs/sinks/answer.ts';
import { itemsOf } from '../../../../sidecars/logs/sinks/bulk-answer.ts';

describe('an answer of HTTP', () => {
  const statuses = {
    taken: [200, 201, 202, 204, 299],
    again: [301, 302, 307, 401, 403, 404, 405, 407, 408, 409, 410, 415, 421, 425, 429, 431, 500, 502, 503, 504, 599],
    refused: [400, 413, 418, 422, 451],
  };
  for (const [verdict, codes] of Object.entries(statuses))
    test(`${codes.join(', ')}: ${verdict}`, () => {
      for (const code of codes) assert.equal(verdictOf(code), verdict, String(code));
    });

  test('Retry-After is seconds or a date, up to an hour', () => {
    const now = Date.parse('2026-01-02T03:04:05Z');
    assert.equal(retryAfterOf('7', now), 7000);
    assert.equal(retryAfterOf('Fri, 02 Jan 2026 03:04:15 GMT', now), 10_000);
    assert.equal(retryAfterOf('Fri, 02 Jan 2026 03:04:00 GMT', now), 0);
    assert.equal(retryAfterOf('99999', now), 3_600_000);
    assert.equal(retryAfterOf('soon', now), 0);
    assert.equal(retryAfterOf(undefined, now), 0);
  });
});

describe('an answer to a bulk request', () => {
  test('without errors is not read any further, whatever stands first in it', () => {
    assert.equal(itemsOf('{"errors":false,"items":[]}', 3), undefined);
    assert.equal(itemsOf('{"took":30,"errors":false,"items":[]}', 3), undefined);
    assert.equal(itemsOf('{ "took" : 30, "errors" : false }', 3), undefined);
  });

  test('tells of each document', () => {
    const items = [
      { create: { status: 201 } },
      { create: { status: 409, error: { type: 'version_conflict_engine_exception', reason: 'there' } } },
      { create: { status: 429, error: { type: 'es_rejected_execution_exception', reason: 'queue full' } } },
      { create: { status: 400, error: { type: 'document_parsing_exception', reason: 'no "errors":false' } } },
      { create: { status: 503, error: 'down' } },
    ];
    assert.deepEqual(
      itemsOf(JSON.stringify({ took: 1, errors: true, items }), 5)?.map(({ verdict, reason }) => [verdict, reason]),
      [
        ['taken', ''],
        ['taken', ''],
        ['again', 'es_rejected_execution_exception: queue full'],
        ['refused', 'document_parsing_exception: no "errors":false'],
        ['again', 'down'],
      ],
    );
  });

  for (const [what, answer] of Object.entries({
    'is a page': '<html>',
    'is empty': '',
    'is no object': 'null',
    'tells of too few': '{"errors":true,"items":[{"create":{"status":201}}]}',
    'tells of nothing': '{"errors":true}',
    'has an item without a status': '{"errors":true,"items":[{"create":{}},{"create":{"status":201}}]}',
    'has no items but null': '{"errors":true,"items":[null,null]}',
  }))
    test(`that ${what} is none`, () => assert.throws(() => itemsOf(answer, 2), /the answer/));
});
