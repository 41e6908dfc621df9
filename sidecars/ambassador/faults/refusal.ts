import type { AdminReply } from '#shared/admin.ts';
import { ProxyError, type ProxyProblem } from './proxy-host.ts';

/** A request that is answered with an error, in toxiproxy's words where it has some: programs compare them. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  /** The status code of HTTP. */
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** The body of a request is not what it has to be. */
export function badBody(what: string): Refusal {
  return new Refusal(400, `bad request body: ${what}`);
}

/** The refusal that an error stands for; undefined where it stands for none. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error;
  if (!(error instanceof ProxyError)) return undefined;
  const { code, message = error.message } = ofProblem[error.problem];
  return new Refusal(code, message);
}

const ofProblem: Readonly<Record<ProxyProblem, { readonly code: number; readonly message?: string }>> = {
  exists: { code: 409, message: 'proxy already exists' },
  notFound: { code: 404, message: 'proxy not found' },
  invalid: { code: 400 },
  failed: { code: 500 },
};

/** What a refusal looks like to toxiproxy's clients. */
export function errorBody({ code, message }: Refusal): { readonly error: string; readonly status: number } {
  return { error: message, status: code };
}

/** A reply with JSON, as toxiproxy's are. */
export function json(code: number, value: unknown): AdminReply {
  return { code, type: 'application/json', body: `${JSON.stringify(value)}\n` };
}

/** A reply that says only that something was done. */
export const done: AdminReply = { code: 204, type: 'application/json', body: '' };
