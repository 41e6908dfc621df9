import { promises } from 'node:dns';
import { isIPv6 } from 'node:net';
import { codeOf, messageOf } from '#shared/exit.ts';
import type { RecordType } from './record-types.ts';

/** A name server: an IP address, and a port where it is not 53. */
export interface NameServer {
  readonly address: string;
  readonly port?: number;
}

/** What one name server is asked. */
export interface Question {
  /** A full name; no search list is applied. */
  readonly name: string;
  readonly record: RecordType;
}

/** One record of an answer. */
export interface AnswerRecord {
  /** As a zone file has it: `10.0.0.1`, `10 mail.example.`. */
  readonly value: string;
  /** Seconds for which it may be kept; undefined where c-ares does not tell, which it does of addresses alone. */
  readonly ttl: number | undefined;
}

/** What became of a question. */
export interface Answer {
  readonly server: NameServer;
  readonly question: Question;
  readonly records: readonly AnswerRecord[];
  /** Why there are no records; undefined where there are. */
  readonly failure: DnsFailure | undefined;
  readonly seconds: number;
}

/** Why there are no records. */
export interface DnsFailure {
  /** Of a server that answered: `NXDOMAIN`, `NODATA` (the name has other records), `SERVFAIL`, …; else `timeout`, `refused` or `other`. */
  readonly code: 'NXDOMAIN' | 'NODATA' | 'SERVFAIL' | 'REFUSED' | 'FORMERR' | 'NOTIMP' | 'timeout' | 'refused' | 'other';
  readonly words: string;
}

/** By the codes of node:dns. */
const failures: Readonly<Record<string, DnsFailure>> = {
  ENOTFOUND: { code: 'NXDOMAIN', words: 'NXDOMAIN: there is no such name' },
  ENODATA: { code: 'NODATA', words: 'the name has no such record' },
  ESERVFAIL: { code: 'SERVFAIL', words: 'SERVFAIL: the name server failed' },
  EREFUSED: { code: 'REFUSED', words: 'REFUSED: the name server does not serve us' },
  EFORMERR: { code: 'FORMERR', words: 'FORMERR: the name server does not understand the question' },
  ENOTIMP: { code: 'NOTIMP', words: 'NOTIMP: the name server does not know such questions' },
  ETIMEOUT: { code: 'timeout', words: 'timeout: no answer' },
  ECANCELLED: { code: 'timeout', words: 'timeout: no answer' },
  ECONNREFUSED: { code: 'refused', words: 'connection refused: no name server is there' },
  EBADRESP: { code: 'other', words: 'its answer is not understood' },
  EBADNAME: { code: 'other', words: 'this is no name that can be asked for' },
};

/**
 * Asks one name server by c-ares: by UDP, once more after a third of the time, and by TCP where the answer does not fit a datagram. Neither the
 * hosts file nor a search list is looked at, and nothing is kept.
 * @param time milliseconds that it may take.
 * @throws the signal's reason; nothing else.
 */
export async function ask(server: NameServer, question: Question, time: number, signal: AbortSignal): Promise<Answer> {
  signal.throwIfAborted();
  // the second try of c-ares waits for twice as long
  const resolver = new promises.Resolver({ timeout: Math.max(1, Math.floor(time / 3)), tries: 2 });
  const cancel = () => resolver.cancel();
  const begun = performance.now();
  const timer = setTimeout(cancel, time);
  signal.addEventListener('abort', cancel);
  try {
    resolver.setServers([formatServer(server)]);
    const records = await query(resolver, question);
    const failure = records.length === 0 ? failures.ENODATA : undefined;
    return { server, question, records, failure, seconds: secondsSince(begun) };
  } catch (error) {
    signal.throwIfAborted();
    const code = codeOf(error) ?? '';
    const failure = failures[code] ?? { code: 'other' as const, words: messageOf(error) };
    return { server, question, records: [], failure, seconds: secondsSince(begun) };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', cancel);
  }
}

/** `10.0.0.53`, `10.0.0.53:5353`, `[fd00::53]:5353`. */
export function formatServer({ address, port = 53 }: NameServer): string {
  if (port === 53) return address;
  return isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
}

async function query(resolver: promises.Resolver, { name, record }: Question): Promise<AnswerRecord[]> {
  const bare = (texts: readonly string[]) => texts.map((value) => ({ value, ttl: undefined }));
  const full = (host: string) => `${host}.`;
  switch (record) {
    case 'A':
      return (await resolver.resolve4(name, { ttl: true })).map(({ address, ttl }) => ({ value: address, ttl }));
    case 'AAAA':
      return (await resolver.resolve6(name, { ttl: true })).map(({ address, ttl }) => ({ value: address, ttl }));
    case 'CAA':
      return bare(
        (await resolver.resolveCaa(name)).map(
          ({ critical, ...property }) =>
            `${critical} ${Object.entries(property)
              .filter(([key]) => key !== 'type')
              .map(([tag, value]) => `${tag} "${value}"`)
              .join(' ')}`,
        ),
      );
    case 'CNAME':
      return bare((await resolver.resolveCname(name)).map(full));
    case 'MX':
      return bare((await resolver.resolveMx(name)).map(({ priority, exchange }) => `${priority} ${full(exchange)}`));
    case 'NAPTR':
      return bare(
        (await resolver.resolveNaptr(name)).map(
          ({ order, preference, flags, service, regexp, replacement }) =>
            `${order} ${preference} "${flags}" "${service}" "${regexp}" ${full(replacement)}`,
        ),
      );
    case 'NS':
      return bare((await resolver.resolveNs(name)).map(full));
    case 'PTR':
      return bare((await resolver.resolvePtr(name)).map(full));
    case 'SOA': {
      const { nsname, hostmaster, serial, refresh, retry, expire, minttl } = await resolver.resolveSoa(name);
      return bare([`${full(nsname)} ${full(hostmaster)} ${serial} ${refresh} ${retry} ${expire} ${minttl}`]);
    }
    case 'SRV':
      return bare(
        (await resolver.resolveSrv(name)).map(
          ({ priority, weight, port, name: host }) => `${priority} ${weight} ${port} ${full(host)}`,
        ),
      );
    case 'TXT':
      return bare((await resolver.resolveTxt(name)).map((parts) => parts.map((part) => JSON.stringify(part)).join(' ')));
  }
}

function secondsSince(begun: number): number {
  return (performance.now() - begun) / 1000;
}
