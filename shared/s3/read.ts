import { addAbortSignal, type Readable } from 'node:stream';
import { messageOf } from '#shared/exit.ts';
import { delays, sleep } from '#shared/retry.ts';
import { readFailure, S3Error } from './failure.ts';
import type { S3Requests } from './requests.ts';

/** From `start` up to, not including, `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end?: number;
}

/**
 * The bytes of an object. Where an answer is broken off, the rest is asked for from there on, of the very same content.
 * @throws S3Error, also where the object was replaced meanwhile.
 */
export async function* readObject(
  requests: S3Requests,
  key: string,
  range: ByteRange = { start: 0 },
): AsyncGenerator<Uint8Array> {
  const { connection } = requests;
  const what = `read ${key}`;
  // who reads all the same has to, to take something back
  const stopping = connection.stopping.aborted;
  let at = range.start;
  let end = range.end ?? Number.POSITIVE_INFINITY;
  let etag: string | undefined;
  let broken: { readonly since: number; readonly waits: Generator<number, never> } | undefined;
  while (at < end) {
    const answer = await open(requests, key, at, end, etag);
    if (answer === undefined) return;
    const { Body, ContentLength, ETag } = answer;
    if (Body === undefined || ContentLength === undefined)
      throw connection.error('other', what, 'the server answers without its bytes');
    end = Math.min(end, at + ContentLength);
    etag ??= ETag;
    let reason: unknown = 'the answer was shorter than it said';
    try {
      // in Node it is a Readable
      const body = Body as Readable;
      if (!stopping) addAbortSignal(connection.stopping, body);
      for await (const chunk of body as AsyncIterable<Uint8Array>) {
        at += chunk.length;
        broken = undefined;
        yield chunk;
      }
    } catch (error) {
      reason = error;
    }
    if (at >= end) return;
    if (!stopping && connection.stopping.aborted)
      throw connection.error('other', what, 'it is broken off, as it was told to stop');
    broken ??= { since: Date.now(), waits: delays({ base: 200, cap: 10_000 }) };
    if (Date.now() - broken.since > connection.patience)
      throw connection.error('unreachable', what, `it is broken off at byte ${at} again and again: ${messageOf(reason)}`);
    const wait = broken.waits.next().value;
    connection.tellRetry(what, `it was broken off at byte ${at}: ${messageOf(reason)}`, wait);
    await sleep(wait, stopping ? undefined : connection.stopping);
  }
}

/** @returns undefined where the object ends before. */
async function open(requests: S3Requests, key: string, at: number, end: number, etag: string | undefined) {
  const last = Number.isFinite(end) ? end - 1 : '';
  try {
    return await requests.get(key, at === 0 && last === '' ? undefined : `bytes=${at}-${last}`, etag);
  } catch (error) {
    if (!(error instanceof S3Error)) throw error;
    if (etag !== undefined && error.failure === 'exists')
      throw requests.connection.error('other', `read ${key}`, 'it was replaced while it was read', 'read it again', error);
    if (readFailure(error.cause).code === 'InvalidRange') return undefined;
    throw error;
  }
}
