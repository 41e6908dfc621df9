import { type Verdict, verdictOf } from './answer.ts';

/** What became of one document of a bulk request. */
export interface BulkItem {
  readonly status: number;
  readonly verdict: Verdict;
  /** What is wrong with it; empty where it was taken. */
  readonly reason: string;
}

/** The beginning of an answer in which every document was created; `took` is first in older versions. */
const allWell = /^\s*\{\s*(?:"took"\s*:\s*\d+\s*,\s*)?"errors"\s*:\s*false\s*[,}]/;

/**
 * What became of each document of a bulk request that only creates, in its order; undefined where all were created.
 * @throws Error where the answer is none to such a request.
 */
export function itemsOf(answer: string, documents: number): readonly BulkItem[] | undefined {
  if (allWell.test(answer)) return undefined;
  const { items } = parse(answer);
  if (!Array.isArray(items) || items.length !== documents)
    throw new Error(`the answer to ${documents} documents tells of ${Array.isArray(items) ? items.length : 'none'}`);
  return items.map(itemOf);
}

function parse(answer: string): { readonly items?: unknown } {
  try {
    const parsed: unknown = JSON.parse(answer);
    if (typeof parsed === 'object' && parsed !== null) return parsed;
  } catch {
    // told below
  }
  throw new Error(`the answer is no JSON object, but ${JSON.stringify(answer.slice(0, 100))}`);
}

function itemOf(item: { readonly create?: { readonly status?: unknown; readonly error?: unknown } } | null): BulkItem {
  const { status, error } = item?.create ?? {};
  if (typeof status !== 'number') throw new Error(`the answer has an item without a status: ${JSON.stringify(item)}`);
  // we made its id, and nobody else has it: it is there already, as the answer to an earlier attempt was lost
  const verdict = status === 409 ? 'taken' : verdictOf(status);
  return { status, verdict, reason: verdict === 'taken' ? '' : reasonOf(error) };
}

function reasonOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error ?? 'no reason was given');
  const { type, reason } = error as { type?: unknown; reason?: unknown };
  return [type, reason].filter((text) => typeof text === 'string').join(': ');
}
