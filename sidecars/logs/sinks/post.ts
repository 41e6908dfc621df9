import type { Format } from '../record/format.ts';
import { adviceOf, verdictOf } from './answer.ts';
import type { HttpAnswer, HttpClient } from './http-client.ts';
import { type Delivery, type Rejection, type Sink, SinkError } from './sink.ts';

/** How a protocol sends a batch by POST. */
export interface Posting {
  readonly format: Format;
  readonly concurrency: number;
  /** Path and query. */
  readonly path: string;
  readonly headers: (delivery: Delivery) => Readonly<Record<string, string>>;
  /** Where an answer of 2xx tells more than that all arrived: how much of it is read, and what it says, as {@link Sink.send} does. */
  readonly answer?: {
    readonly bytes: number;
    readonly read: (text: string, delivery: Delivery) => readonly Rejection[] | undefined;
  };
  /** The path that `--check` asks for by HEAD, which leaves nothing behind. */
  readonly probe: string;
}

/** A sink that sends each batch as the body of one POST, several at the same time on connections that are kept. 2xx acknowledges. */
export function postSink(client: HttpClient, { format, concurrency, path, headers, answer: more, probe }: Posting): Sink {
  const { name } = client;
  return {
    name,
    format,
    concurrency,
    get trouble() {
      return client.trouble;
    },
    send: async (delivery, signal) => {
      const { body } = delivery;
      const request = { method: 'POST', path, headers: headers(delivery), body, ...(more && { keep: more.bytes }) } as const;
      const answer = await client.request(request, signal);
      if (verdictOf(answer.status) !== 'taken') throw refusal(name, answer);
      return more?.read(answer.text, delivery);
    },
    check: async () => {
      const { status } = await client.request({ method: 'HEAD', path: probe, headers: {} });
      if (status === 401 || status === 403) throw new SinkError(`${name} answered ${status}${adviceOf(status)}`);
      return `${name} answers (${status} to HEAD)`;
    },
    close: () => client.close(),
  };
}

function refusal(name: string, { status, retryAfter, text }: HttpAnswer): SinkError {
  const said = text.trim().slice(0, 200);
  const rejected = verdictOf(status) === 'refused';
  return new SinkError(`${name} answered ${status}${said ? `: ${said}` : ''}${adviceOf(status)}`, { retryAfter, rejected });
}
