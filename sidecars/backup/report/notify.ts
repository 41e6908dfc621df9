import { messageOf } from '#shared/exit.ts';
import { type Backoff, retry } from '#shared/retry.ts';
import type { Notice } from './notice.ts';
import { fill, type Template } from './template.ts';

/** Where and how somebody is told of runs. */
export interface Webhook {
  /** Whoever knows it may write there: it is a secret. */
  readonly url: URL;
  /** The body; undefined for a JSON document with all that is known. */
  readonly template: Template | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** How patiently it is tried. */
export interface Patience {
  readonly backoff: Backoff;
  readonly attempts: number;
  /** For the answer to one attempt, in milliseconds. */
  readonly timeout: number;
  /** Ends the trying. */
  readonly signal?: AbortSignal;
}

const patient: Patience = { backoff: { base: 1000, cap: 10_000 }, attempts: 4, timeout: 10_000 };

/** An answer that is no 2xx, or none. */
class Refused extends Error {
  override readonly name = 'Refused';
  /** See `retryable` of `retry`. */
  readonly again: boolean | number;

  constructor(message: string, again: boolean | number, options?: ErrorOptions) {
    super(message, options);
    this.again = again;
  }
}

/**
 * Tells a webhook of a run by one POST, tried a few times.
 * @returns why it could not be told, for the log; undefined where it was. It never throws: a run does not fail as nobody heard of it.
 */
export async function notify(notice: Notice, webhook: Webhook, patience: Patience = patient): Promise<string | undefined> {
  const { url, template, headers } = webhook;
  const isJson = template?.json ?? true;
  const body = template === undefined ? `${JSON.stringify(notice)}\n` : fill(template, notice);
  // a connection that is kept would keep the process
  const own = { 'content-type': isJson ? 'application/json' : 'text/plain; charset=utf-8', connection: 'close' };
  const { attempts, backoff, signal, timeout } = patience;
  let failed = 0;
  try {
    await retry(() => post(url, body, { ...own, ...headers }, timeout, signal), {
      backoff,
      ...(signal && { signal }),
      retryable: (error) => {
        failed += 1;
        return failed < attempts && error instanceof Refused && error.again;
      },
    });
    return undefined;
  } catch (error) {
    // of the address no more may be said: its path is often what keeps others from writing there
    return `${url.origin} could not be told (BACKUP_NOTIFY): ${messageOf(error)}${failed > 1 ? `, ${failed} times` : ''}`;
  }
}

async function post(
  url: URL,
  body: string,
  headers: Readonly<Record<string, string>>,
  timeout: number,
  stopping: AbortSignal | undefined,
): Promise<void> {
  const late = AbortSignal.timeout(timeout);
  const signal = stopping === undefined ? late : AbortSignal.any([late, stopping]);
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(url, { method: 'POST', body, headers, redirect: 'manual', signal });
    text = await beginningOf(answer);
  } catch (error) {
    if (late.aborted) throw new Refused(`it does not answer within ${timeout / 1000} s`, true, { cause: error });
    // fetch itself says only that it failed
    const reason = error instanceof Error && error.cause !== undefined ? error.cause : error;
    throw new Refused(messageOf(reason), true, { cause: error });
  }
  const { ok, status } = answer;
  if (!ok) throw new Refused(`it answers ${status}${text && `: ${text}`}${advice(status)}`, again(answer));
}

/** The first words of an answer, which often say what is wrong; the rest is not waited for. */
async function beginningOf({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length >= 200) break;
  }
  return text.slice(0, 200).trim();
}

/** Whether the same request may be answered otherwise a moment later; the least wait in ms where it says so itself, at most a minute. */
function again({ status, headers }: Response): boolean | number {
  if (status < 500 && ![408, 425, 429].includes(status)) return false;
  const seconds = Number(headers.get('retry-after') ?? 0);
  return seconds > 0 ? Math.min(seconds, 60) * 1000 : true;
}

function advice(status: number): string {
  if (status >= 300 && status < 400) return '; give the address that it sends one on to';
  if (status === 401 || status === 403) return '; check the token in BACKUP_NOTIFY_HEADERS';
  if (status === 404 || status === 410) return '; check the address in BACKUP_NOTIFY';
  return status === 400 || status === 422 ? '; check BACKUP_NOTIFY_TEMPLATE' : '';
}
