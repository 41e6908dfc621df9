import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readFailure } from '#shared/s3/failure.ts';

/** An error as the SDK makes it of an answer. */
function answer(status: number, code: string, message = '', more: object = {}): Error {
  return Object.assign(new Error(message), { name: code, Code: code, $metadata: { httpStatusCode: status }, ...more });
}

/** An error of the system, which has no answer. */
function system(code: string): Error {
  return Object.assign(new Error(`connect ${code} 10.0.0.1:443`), { code });
}

test('what may be tried again, and what never changes', () => {
  const cases: readonly (readonly [Error, string, string])[] = [
    [answer(503, 'SlowDown'), 'unreachable', 'always'],
    [answer(500, 'InternalError'), 'unreachable', 'always'],
    [answer(502, '502'), 'unreachable', 'always'],
    [answer(429, 'TooManyRequests'), 'unreachable', 'always'],
    [answer(400, 'RequestTimeout'), 'unreachable', 'always'],
    [answer(409, 'ConditionalRequestConflict'), 'exists', 'always'],
    [answer(403, 'RequestTimeTooSkewed'), 'denied', 'second'],
    [answer(400, 'BadDigest'), 'other', 'second'],
    [answer(501, 'NotImplemented'), 'other', 'never'],
    [answer(507, 'InsufficientStorage'), 'full', 'never'],
    [answer(403, 'QuotaExceeded'), 'full', 'never'],
    [answer(404, 'NoSuchKey'), 'missing', 'never'],
    [answer(404, 'NoSuchBucket'), 'other', 'never'],
    [answer(412, 'PreconditionFailed'), 'exists', 'never'],
    [answer(403, 'AccessDenied'), 'denied', 'never'],
    [answer(400, 'ExpiredToken'), 'denied', 'never'],
    [answer(403, '403'), 'denied', 'never'],
    [system('ECONNRESET'), 'unreachable', 'always'],
    [system('EAI_AGAIN'), 'unreachable', 'always'],
    [system('DEPTH_ZERO_SELF_SIGNED_CERT'), 'unreachable', 'never'],
    [Object.assign(new Error('socket timed out'), { name: 'TimeoutError' }), 'unreachable', 'always'],
    [new TypeError('a mistake of ours'), 'other', 'never'],
  ];
  for (const [error, failure, again] of cases) {
    const reading = readFailure(error);
    assert.deepEqual([reading.failure, reading.again], [failure, again], `${error.name} ${error.message}`);
  }
});

test('an object lock is told from a missing permission', () => {
  for (const message of [
    'Access Denied because object protected by object lock.',
    'forbidden by object lock',
    'Object is WORM protected',
  ])
    assert.equal(readFailure(answer(403, 'AccessDenied', message)).failure, 'locked');
  assert.equal(readFailure(answer(403, 'AccessDenied', 'Access Denied')).failure, 'denied');
});

test('another region is named', () => {
  const headers = { 'x-amz-bucket-region': 'eu-west-3' };
  assert.match(readFailure(answer(301, 'PermanentRedirect', '', { $response: { headers } })).advice, /set AWS_REGION=eu-west-3/);
  assert.match(
    readFailure(answer(400, 'AuthorizationHeaderMalformed', '', { Region: 'eu-west-3' })).advice,
    /AWS_REGION=eu-west-3/,
  );
  assert.match(readFailure(answer(301, 'PermanentRedirect')).advice, /AWS_REGION and AWS_ENDPOINT_URL_S3/);
});

test('the text says the code, the message where there is one, and the status', () => {
  assert.equal(readFailure(answer(403, 'AccessDenied', 'Access Denied')).text, 'AccessDenied: Access Denied (status 403)');
  assert.equal(readFailure(answer(404, 'NoSuchKey', 'UnknownError')).text, 'NoSuchKey (status 404)');
  assert.equal(readFailure(system('ECONNREFUSED')).text, 'ECONNREFUSED: connect ECONNREFUSED 10.0.0.1:443');
  assert.equal(readFailure('thrown').text, 'thrown');
});
