import type { Entry } from './entry.ts';

/** Bytes a second of one connection. */
export interface Rate {
  readonly sent: number;
  readonly received: number;
}

/** Compares two lists. @param seconds between them @returns what tells the rate of those that are in both */
export function ratesOf(before: readonly Entry[], after: readonly Entry[], seconds: number): (entry: Entry) => Rate | undefined {
  const known = new Map(before.map((entry) => [keyOf(entry), entry] as const));
  const rates = new Map<string, Rate>();
  for (const entry of after) {
    const was = known.get(keyOf(entry))?.record;
    if (entry.record?.hasInfo !== true || was === undefined || entry.state === 'LISTEN') continue;
    const { sent, received } = entry.record;
    rates.set(keyOf(entry), { sent: (sent - was.sent) / seconds, received: (received - was.received) / seconds });
  }
  return (entry) => rates.get(keyOf(entry));
}

function keyOf({ record }: Entry): string {
  return record === undefined ? '' : `${record.cookieHigh} ${record.cookieLow}`;
}
