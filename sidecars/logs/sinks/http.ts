import { readFileSync } from 'node:fs';
import type { Dispatcher, Pool } from 'undici';
import { Exit, exitCode, messageOf } from '#shared/exit.ts';
import type { LogsSettings } from '../config.ts';
import type { Format } from '../record/envelope.ts';
import { type Sink, SinkError } from './sink.ts';

/** The settings that an http sink reads. */
export type HttpSettings = Pick<LogsSettings, 'to' | 'token' | 'user' | 'password' | 'headers' | 'ca' | 'timeout' | 'inFlight'>;

/**
 * `http://` and `https://` — each batch as the body of one POST, several at the same time on connections that are kept.
 * Any 2xx acknowledges. Everything else is sent again, whatever it was: a line may wait, but is not lost.
 * @throws Exit where the file of certificate authorities cannot be read.
 */
export async function httpSink(settings: HttpSettings, format: Format): Promise<Sink> {
  const { to, timeout, inFlight } = settings;
  const ca = settings.ca === undefined ? undefined : await readAuthorities(settings.ca);
  // undici costs 12 MiB: it is loaded only by who uses it
  const { Pool } = await import('undici');
  const pool = new Pool(to.origin, {
    connections: inFlight,
    pipelining: 1,
    headersTimeout: timeout,
    bodyTimeout: timeout,
    connect: { timeout: Math.min(timeout, 10_000), ...(ca === undefined ? {} : { ca }) },
  });
  const name = `${to.origin}${to.pathname}`;
  const path = `${to.pathname}${to.search}`;
  const headers = { ...authorization(settings), ...settings.headers };

  const send: Sink['send'] = async ({ id, body }, signal) => {
    const request = {
      method: 'POST',
      path,
      headers: { 'content-type': format.contentType, 'idempotency-key': id, ...headers },
      body,
      signal,
    } as const;
    const { status, text, retryAfter } = await answer(pool, request, name);
    if (status >= 200 && status < 300) return;
    throw new SinkError(`${name} answered ${status}${text ? `: ${text}` : ''}${advice(status)}`, { retryAfter });
  };
  const check: Sink['check'] = async () => {
    const { status } = await answer(pool, { method: 'HEAD', path, headers, signal: AbortSignal.timeout(timeout) }, name);
    if (status === 401 || status === 403) throw new SinkError(`${name} answered ${status}${advice(status)}`);
    return `${name} answers (${status} to HEAD)`;
  };
  return { name, format, concurrency: inFlight, send, check, close: () => pool.destroy() };
}

interface Answer {
  readonly status: number;
  /** The beginning of the body of an answer that is not 2xx. */
  readonly text: string;
  readonly retryAfter: number;
}

async function answer(pool: Pool, request: Dispatcher.RequestOptions, name: string): Promise<Answer> {
  try {
    const { statusCode: status, headers, body } = await pool.request(request);
    const ok = status >= 200 && status < 300;
    if (ok) await body.dump();
    const text = ok ? '' : (await body.text()).trim().slice(0, 200);
    return { status, text, retryAfter: secondsOf(headers['retry-after']) * 1000 };
  } catch (error) {
    throw new SinkError(`${name} cannot be reached: ${messageOf(error)}`, { cause: error });
  }
}

/** Retry-After in seconds (RFC 9110, section 10.2.3), at most an hour; a date counts from now. */
function secondsOf(value: string | string[] | undefined): number {
  if (typeof value !== 'string') return 0;
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), 3600) : 0;
}

function advice(status: number): string {
  if (status === 401 || status === 403) return '; check LOGS_TOKEN, or LOGS_USER and LOGS_PASSWORD';
  if (status === 413) return '; lower LOGS_BATCH_BYTES';
  if (status >= 300 && status < 500 && status !== 408 && status !== 429) return '; check LOGS_TO';
  return '';
}

function authorization({ token, user, password }: HttpSettings): Record<string, string> {
  if (token !== undefined) return { authorization: `Bearer ${token}` };
  if (user === undefined) return {};
  return { authorization: `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}` };
}

async function readAuthorities(path: string): Promise<string> {
  try {
    const pem = readFileSync(path, 'utf8');
    if (!/-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----/.test(pem))
      throw new Exit(exitCode.settings, `LOGS_CA=${path} holds no certificate; name a file in the PEM form`);
    // loaded only by who has authorities of their own
    const { createSecureContext } = await import('node:tls');
    createSecureContext({ ca: pem });
    return pem;
  } catch (error) {
    if (error instanceof Exit) throw error;
    throw new Exit(
      exitCode.settings,
      `LOGS_CA=${path} cannot be read: ${messageOf(error)}; check the path and that this user may read it`,
      { cause: error },
    );
  }
}
