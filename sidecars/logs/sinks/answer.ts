/**
 * What an answer means for what was sent. `taken`: it arrived. `again`: the answer tells nothing of the records, as it concerns the moment or the way to the
 * receiver, such as a wrong token, which a person may put right. `refused`: no such body will ever be taken, however often it is sent.
 */
export type Verdict = 'taken' | 'again' | 'refused';

/**
 * The client errors that concern the destination or the moment and not what is in the body (RFC 9110, section 15.5; RFC 6585; RFC 8470): authentication (401, 407),
 * payment, permission (403), a wrong path, method or host (404, 405, 410, 421), types and encodings, which all bodies have alike (406, 415), the request before it
 * that is not done yet (409, draft-ietf-httpapi-idempotency-key-header), how a request is sent (411, 417, 426, 428, 431), and what passes by itself (408, 425, 429).
 */
const concernsTheWay: ReadonlySet<number> = new Set([
  401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 415, 417, 421, 425, 426, 428, 429, 431,
]);

/** What a status of HTTP means for what was sent. */
export function verdictOf(status: number): Verdict {
  if (status >= 200 && status < 300) return 'taken';
  return status >= 400 && status < 500 && !concernsTheWay.has(status) ? 'refused' : 'again';
}

/** What a person may do about a status, behind a semicolon; empty where there is nothing but to wait. */
export function adviceOf(status: number): string {
  if (status === 401 || status === 403) return '; check LOGS_TOKEN, or LOGS_USER and LOGS_PASSWORD';
  if (status === 413) return '; lower LOGS_BATCH_BYTES';
  if (status === 415) return '; check LOGS_COMPRESS and LOGS_TO';
  const passes = status === 408 || status === 409 || status === 425 || status === 429;
  return status >= 300 && status < 500 && !passes ? '; check LOGS_TO' : '';
}

/** How long a Retry-After asks to wait, in milliseconds: seconds, or a date that counts from `now` (RFC 9110, section 10.2.3). An hour at the most, 0 where it asks nothing. */
export function retryAfterOf(value: string | readonly string[] | undefined, now = Date.now()): number {
  if (typeof value !== 'string') return 0;
  const milliseconds = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isFinite(milliseconds) ? Math.min(Math.max(milliseconds, 0), 3_600_000) : 0;
}
