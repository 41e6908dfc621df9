import type { Format } from '../record/format.ts';
import { HttpClient, type HttpSettings } from './http-client.ts';
import { postSink } from './post.ts';
import type { Sink } from './sink.ts';

/**
 * `http://` and `https://` — NDJSON. The `Idempotency-Key` of a batch is the same whenever it is sent again.
 * @throws Exit where the files of TLS cannot be used.
 */
export async function httpSink(settings: HttpSettings, format: Format): Promise<Sink> {
  const { url, inFlight } = settings;
  const path = `${url.pathname}${url.search}`;
  return postSink(await HttpClient.open(settings, url), {
    format,
    concurrency: inFlight,
    path,
    headers: ({ id }) => ({ 'content-type': format.contentType, 'idempotency-key': id }),
    probe: path,
  });
}
