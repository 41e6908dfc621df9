import { Exit, exitCode, messageOf } from '#shared/exit.ts';
import type { Destination } from '../destinations/destination.ts';
import { bulkFormat } from '../record/bulk-format.ts';
import type { Parts } from '../record/format.ts';
import { adviceOf } from './answer.ts';
import { type BulkItem, itemsOf } from './bulk-answer.ts';
import { HttpClient, type HttpSettings } from './http-client.ts';
import { overHttp } from './over-http.ts';
import { postSink } from './post.ts';
import { type Delivery, type Rejection, type Sink, SinkError } from './sink.ts';

/** The settings that a sink of Elasticsearch or OpenSearch reads. */
export type BulkSettings = HttpSettings & Pick<Destination, 'index'>;

/** Only what is read of an answer, which would be as long as the request otherwise. */
const filterPath = 'errors,items.*.status,items.*.error.type,items.*.error.reason';
/** Bytes of an answer that are read at the most; one document takes 26 where all is well. */
const answerBytes = 64 * 2 ** 20;

/**
 * `elasticsearch+http://`, `opensearch+http://` and the same with https — each batch as one bulk request, which is answered for each document: those that were
 * refused for good go to the dead letters, those that were not taken at the moment are sent again, and no others.
 * @throws Exit where the index cannot be one, or the files of TLS cannot be used.
 */
export async function elasticsearchSink(
  settings: BulkSettings,
  host: string,
  labels: Readonly<Record<string, string>>,
): Promise<Sink> {
  const { url, index, inFlight } = settings;
  if (!isIndex(index))
    throw new Exit(
      exitCode.settings,
      `LOGS_INDEX=${index} is no name of an index: lower case, without spaces and \\/*?"<>|,#:, not begun with - _ +`,
    );
  const format = bulkFormat(host, labels);
  const to = overHttp(url);
  const base = to.pathname.replace(/\/$/, '');
  const query = new URLSearchParams(to.search);
  query.set('filter_path', filterPath);
  const path = `${base}/${encodeURIComponent(index)}/_bulk?${query}`;
  const client = await HttpClient.open(settings, to);
  return postSink(client, {
    format,
    concurrency: inFlight,
    path,
    headers: () => ({ 'content-type': format.contentType }),
    answer: {
      bytes: answerBytes,
      read: (text, delivery) => {
        const items = understood(client.name, text, delivery.records);
        return items && sorted(client.name, items, delivery, format.parts);
      },
    },
    probe: `${base}/`,
  });
}

/** Whether it may be the name of an index, or date math such as `<logs-{now/d}>`: with another every document would be refused. */
function isIndex(name: string): boolean {
  return (
    /^<.+>$/.test(name) ||
    (/^[^-_+\s\\/*?"<>|,#:][^\s\\/*?"<>|,#:]*$/.test(name) && name === name.toLowerCase() && !/^\.+$/.test(name))
  );
}

function understood(name: string, text: string, records: number): readonly BulkItem[] | undefined {
  try {
    return itemsOf(text, records);
  } catch (error) {
    throw new SinkError(`${name} does not answer as Elasticsearch does: ${messageOf(error)}; check LOGS_TO`, { cause: error });
  }
}

/** @returns the documents that were refused for good. @throws SinkError where some are to be sent again. */
function sorted(name: string, items: readonly BulkItem[], { id, body, records }: Delivery, parts: Parts): readonly Rejection[] {
  const sent = parts.split(body);
  const refused: Rejection[] = [];
  const again: Uint8Array[] = [];
  let first: BulkItem | undefined;
  for (const [index, item] of items.entries()) {
    const part = sent[index] as Uint8Array;
    if (item.verdict === 'refused')
      refused.push({ record: parts.record(part), reason: `${name} answered ${item.status}: ${item.reason}` });
    if (item.verdict !== 'again') continue;
    again.push(part);
    first ??= item;
  }
  if (first === undefined) return refused;
  const { status, reason } = first;
  throw new SinkError(`${name} answered ${status} for ${again.length} of ${records} records: ${reason}${adviceOf(status)}`, {
    rest: { id, body: parts.join(again), records: again.length },
    refused,
  });
}
