import { table } from '#shared/tables/table.ts';
import type { Entry } from './entry.ts';

/** How many sockets there are of each kind, as `ss -s` tells. */
export interface Summary {
  readonly total: number;
  readonly tcp: Readonly<Record<string, number>>;
  readonly kinds: readonly { readonly kind: string; readonly total: number; readonly ipv4: number; readonly ipv6: number }[];
}

/** Counts sockets. */
export function summarize(entries: readonly Entry[]): Summary {
  const tcp: Record<string, number> = {};
  for (const { netid, state } of entries) if (netid === 'tcp') tcp[state] = (tcp[state] ?? 0) + 1;
  const kinds = (['udp', 'tcp'] as const).map((kind) => {
    const of = (family: Entry['family']) => entries.filter((entry) => entry.netid === kind && entry.family === family).length;
    return { kind, total: of(4) + of(6), ipv4: of(4), ipv6: of(6) };
  });
  const unix = entries.filter(({ family }) => family === 'unix').length;
  return { total: entries.length, tcp, kinds: [...kinds, { kind: 'unix', total: unix, ipv4: 0, ipv6: 0 }] };
}

/** A summary for people. */
export function summaryText({ total, tcp, kinds }: Summary): string {
  const states = Object.entries(tcp).map(([state, count]) => `${state.toLowerCase()} ${count}`);
  const sum = Object.values(tcp).reduce((all, count) => all + count, 0);
  const rows = kinds.map(({ kind, total: all, ipv4, ipv6 }) => [
    kind.toUpperCase(),
    String(all),
    kind === 'unix' ? '' : String(ipv4),
    kind === 'unix' ? '' : String(ipv6),
  ]);
  const head = `Total: ${total}\nTCP:   ${sum}${states.length > 0 ? ` (${states.join(', ')})` : ''}\n\n`;
  return head + table([['Transport', 'Total', 'IPv4', 'IPv6'], ...rows], { right: [1, 2, 3] });
}
