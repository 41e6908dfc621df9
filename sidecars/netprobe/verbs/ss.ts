import { setTimeout as pause } from 'node:timers/promises';
import type { Values } from '#shared/config/table.ts';
import { print } from '#shared/print.ts';
import type { NetprobeLife } from '../netprobe.ts';
import { listTcp, listUdp, listUnix } from '../sockets/listing.ts';
import { openSource } from '../sockets/open.ts';
import { type Entry, inetEntry, unixEntry } from '../ss/entry.ts';
import { parseFilter } from '../ss/filter.ts';
import { jsonOf } from '../ss/json.ts';
import { ownersOf } from '../ss/owners.ts';
import { ratesOf } from '../ss/rates.ts';
import { socketLines } from '../ss/rows.ts';
import { connectedStates, everyState, listeningStates } from '../ss/states.ts';
import { summarize, summaryText } from '../ss/summary.ts';
import type { verbs } from '../verb-table.ts';

/** What `netprobe ss` is asked for. */
export type SsOptions = Values<(typeof verbs)['ss']['options']>;

/** `netprobe ss`: the sockets of the namespace, as ss(8) lists them. @throws Exit where the filter is wrong, or a permission is missing */
export async function ss({ settings, log }: Pick<NetprobeLife, 'settings' | 'log'>, given: SsOptions): Promise<void> {
  const filter = parseFilter(given.words);
  const { libc, reason, source } = openSource(settings.source);
  source.close();
  if (reason !== undefined && settings.source === 'auto')
    log.warn({ missing: source.missing }, `sockets are read in /proc: ${reason}`);
  const states = filter.states ?? chosenStates(given);
  const list = () =>
    entriesOf(libc, given).filter((entry) => states.has(entry.state) && inFamily(entry, given) && filter.matches(entry));
  if (given.summary) {
    const summary = summarize(entriesOf(libc, { ...given, ...(noKind(given) && { tcp: true, udp: true, unix: true }) }));
    return print(given.json ? `${JSON.stringify(summary)}\n` : summaryText(summary));
  }
  let entries = list();
  let rateOf: ReturnType<typeof ratesOf> | undefined;
  if (given.rates !== undefined) {
    const before = entries;
    const begun = performance.now();
    await pause(given.rates);
    entries = list();
    rateOf = ratesOf(before, entries, (performance.now() - begun) / 1000);
  }
  const ownerOf = given.processes ? ownersOf(log) : undefined;
  if (given.json)
    return print(
      `${JSON.stringify(
        entries.map((entry) => jsonOf(entry, rateOf?.(entry), ownerOf?.(entry))),
        null,
        1,
      )}\n`,
    );
  const { info, memory, timers, extended, noHeader, oneline } = given;
  const shown = { info, memory, timers, extended, header: !noHeader, oneline };
  await print(
    socketLines(entries, {
      ...shown,
      ...(rateOf && { rateOf }),
      ...(ownerOf && { ownerOf: (entry) => ownerWords(ownerOf(entry)) }),
    }),
  );
}

function noKind({ tcp, udp, unix }: Pick<SsOptions, 'tcp' | 'udp' | 'unix'>): boolean {
  return !tcp && !udp && !unix;
}

function chosenStates({ all, listening }: SsOptions): ReadonlySet<string> {
  if (all) return everyState;
  return listening ? listeningStates : connectedStates;
}

function entriesOf(libc: Parameters<typeof listTcp>[0], given: SsOptions): Entry[] {
  const every = noKind(given);
  const wantsInet = given.ipv4 || given.ipv6;
  return [
    ...(given.unix || (every && !wantsInet) ? listUnix(libc).map(unixEntry) : []),
    ...(given.udp || every ? listUdp(libc).map(inetEntry) : []),
    ...(given.tcp || every ? listTcp(libc).map(inetEntry) : []),
  ];
}

function inFamily({ family }: Entry, { ipv4, ipv6 }: SsOptions): boolean {
  if (!ipv4 && !ipv6) return true;
  return (ipv4 && family === 4) || (ipv6 && family === 6);
}

function ownerWords(owners: readonly { readonly pid: number; readonly name: string; readonly fd: number }[]): string {
  if (owners.length === 0) return '';
  return `users:(${owners.map(({ name, pid, fd }) => `("${name}",pid=${pid},fd=${fd})`).join(',')})`;
}
