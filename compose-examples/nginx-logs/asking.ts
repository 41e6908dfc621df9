import type { Answered } from './query.ts';

/** All that Loki has for a query, the oldest first; at most 5000 lines. @throws Error with what it says where it refuses. */
export async function askLoki(loki: string, query: string): Promise<Answered[]> {
  const asked = new URLSearchParams({ query, limit: '5000', direction: 'forward' });
  const answer = await fetch(`${loki}/loki/api/v1/query_range?${asked}`);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`Loki answered ${answer.status}: ${text}`);
  return JSON.parse(text).data.result;
}

/** The lines of an answer. */
export function linesOf(answered: readonly Answered[]): string[] {
  return answered.flatMap(({ values }) => values.map(([, line]) => line));
}
