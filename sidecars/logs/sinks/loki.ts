import { Exit, exitCode } from '#shared/exit.ts';
import type { Destination } from '../destinations/destination.ts';
import { type LokiFacts, labelFields, labelName, lokiFormat } from '../record/loki-format.ts';
import { HttpClient, type HttpSettings } from './http-client.ts';
import { overHttp } from './over-http.ts';
import { postSink } from './post.ts';
import type { Sink } from './sink.ts';

/** The settings that a Loki sink reads. */
export type LokiSettings = HttpSettings & Pick<Destination, 'tenant' | 'lokiLabels'>;

/**
 * `loki+http://` and `loki+https://` — each batch as one push of JSON. Loki takes what it can of a push, and answers 400 where there was a record that it will never
 * take: such a push is sent again in halves, and Loki knows the records that it has by their time and their text.
 * @throws Exit where the labels are none that Loki takes, or the files of TLS cannot be used.
 */
export async function lokiSink(settings: LokiSettings, host: string, labels: Readonly<Record<string, string>>): Promise<Sink> {
  const { url, tenant, inFlight } = settings;
  // RFC 9110, section 5.5
  if (tenant !== undefined && !/^[\x21-\x7e]+$/.test(tenant))
    throw new Exit(exitCode.settings, 'LOGS_TENANT holds a space or a character that is not ASCII; it has to be one word');
  const format = lokiFormat({ host, labels: validLabels(labels), fields: fieldsOf(settings, labels) });
  const to = overHttp(url);
  if (to.pathname === '/') to.pathname = '/loki/api/v1/push';
  const path = `${to.pathname}${to.search}`;
  return postSink(await HttpClient.open(settings, to), {
    format,
    concurrency: inFlight,
    path,
    headers: () => ({ 'content-type': format.contentType, ...(tenant === undefined ? {} : { 'x-scope-orgid': tenant }) }),
    probe: path,
  });
}

/** The labels with names that Loki takes. @throws Exit where two of them have the same one then. */
function validLabels(labels: Readonly<Record<string, string>>): Record<string, string> {
  const valid: Record<string, string> = {};
  for (const [name, value] of Object.entries(labels)) {
    const there = labelName(name);
    if (there in valid)
      throw new Exit(exitCode.settings, `LOGS_LABELS has two labels that are both called ${there} in Loki; rename one of them`);
    valid[there] = value;
  }
  return valid;
}

/** @throws Exit where a field cannot be a label, or there would be no label at all. */
function fieldsOf({ lokiLabels }: LokiSettings, labels: Readonly<Record<string, string>>): LokiFacts['fields'] {
  const fields = labelFields.filter((field) => lokiLabels.includes(field));
  const unknown = lokiLabels.find((name) => !(labelFields as readonly string[]).includes(name));
  if (unknown !== undefined)
    throw new Exit(
      exitCode.settings,
      `LOGS_LOKI_LABELS names ${unknown}, which is none of ${labelFields.join(', ')}; LOGS_LABELS are labels anyway`,
    );
  // the stream is not told by every line
  if (!fields.includes('file') && !fields.includes('host') && Object.keys(labels).length === 0)
    throw new Exit(
      exitCode.settings,
      'LOGS_LOKI_LABELS names neither file nor host, and Loki takes no stream without labels; add one',
    );
  return fields;
}
