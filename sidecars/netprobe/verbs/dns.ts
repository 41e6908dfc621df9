import { ADDRCONFIG, promises } from 'node:dns';
import { isIP, isIPv4 } from 'node:net';
import { codeOf, Exit, exitCode, messageOf } from '#shared/exit.ts';
import { print } from '#shared/print.ts';
import { table } from '#shared/tables/table.ts';
import { milliseconds } from '../checks/milliseconds.ts';
import { type Answer, formatServer } from '../checks/names/ask.ts';
import { readHostsEntries } from '../checks/names/hosts-file.ts';
import { isRecordType, type RecordType, recordTypes } from '../checks/names/record-types.ts';
import { candidates, readResolvConf } from '../checks/names/resolv-conf.ts';
import { serversOf } from '../checks/names/resolve.ts';
import { type Found, searchRecords } from '../checks/names/search.ts';
import type { NetprobeLife } from '../netprobe.ts';

/** What `netprobe dns` is asked for. */
export interface DnsWords {
  readonly words: readonly string[];
  readonly json: boolean;
}

/** What the application would get. */
interface Application {
  readonly addresses: readonly string[];
  readonly failure: string | undefined;
  readonly seconds: number;
  /** What /etc/hosts says of the name. */
  readonly hosts: readonly string[];
}

/**
 * `netprobe dns`: what each name server says of a name, and what the application would get.
 * @throws Exit with 64 for a type that there is not, and with 1 where nobody has an answer.
 */
export async function dns(
  { settings, stopping }: Pick<NetprobeLife, 'settings' | 'stopping'>,
  { words, json }: DnsWords,
): Promise<void> {
  const [name = '', ...given] = words;
  const types = typesOf(name, given);
  const conf = await readResolvConf();
  const names = candidates(name, conf);
  const deadline = performance.now() + settings.checkTimeout;
  const stopped = () => new Exit(exitCode.failed, 'told to stop before all had answered');
  const asked = serversOf(conf.servers).flatMap((server) =>
    types.map((type) => searchRecords([server], names, [type], deadline, stopping)),
  );
  const [found, application] = await Promise.all([
    Promise.all(asked),
    Promise.race([askApplication(name), aborted(stopping, stopped)]),
  ]).catch((error: unknown) => {
    throw stopping.aborted ? stopped() : error;
  });
  await print(json ? `${JSON.stringify(plain(found, application, names))}\n` : tablesOf(found, application));
  const isKnown =
    application.addresses.length > 0 || found.some(({ results }) => results.some(({ records }) => records.length > 0));
  if (!isKnown) throw new Exit(exitCode.failed, `nobody has an answer for ${name}`);
}

function typesOf(name: string, given: readonly string[]): RecordType[] {
  if (isIP(name) !== 0) {
    const reverse = isIPv4(name) ? `${name.split('.').reverse().join('.')}.in-addr.arpa` : 'the name of it that ends in ip6.arpa';
    throw new Exit(exitCode.settings, `${name} is an address; for its name ask: dns ${reverse} PTR`);
  }
  if (given.length === 0) return ['A', 'AAAA'];
  return given.map((word) => {
    const type = word.toUpperCase();
    if (!isRecordType(type))
      throw new Exit(exitCode.settings, `${word} is no type of record; known are ${recordTypes.join(', ')}`);
    return type;
  });
}

async function askApplication(name: string): Promise<Application> {
  const hosts = await readHostsEntries(name);
  const begun = performance.now();
  const seconds = () => (performance.now() - begun) / 1000;
  try {
    const found = await promises.lookup(name, { all: true, order: 'verbatim', hints: ADDRCONFIG });
    return { addresses: found.map(({ address }) => address), failure: undefined, seconds: seconds(), hosts };
  } catch (error) {
    return { addresses: [], failure: lookupWords(error), seconds: seconds(), hosts };
  }
}

/** @see gai_strerror(3) */
function lookupWords(error: unknown): string {
  const code = codeOf(error);
  if (code === 'ENOTFOUND') return 'no such name, or it has no address (EAI_NONAME)';
  if (code === 'EAI_AGAIN') return 'the name servers fail or do not answer (EAI_AGAIN)';
  return messageOf(error);
}

/** Rejects once the signal aborts: getaddrinfo itself cannot be ended. */
function aborted(signal: AbortSignal, reason: () => Error): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(reason());
    else signal.addEventListener('abort', () => reject(reason()), { once: true });
  });
}

function tablesOf(found: readonly Found[], { addresses, failure, seconds, hosts }: Application): string {
  const answers = [
    ['SERVER', 'NAME', 'TYPE', 'TIME', 'TTL', 'ANSWER'],
    ...found.flatMap(({ results }) => results.flatMap(rowsOf)),
  ];
  const summary = [
    ['search list', searched(found)],
    ['hosts file', hosts.length === 0 ? 'does not have the name' : hosts.join(', ')],
    ['getaddrinfo', `${failure ?? addresses.join(', ')} (${milliseconds(seconds)})`],
  ];
  return `${table(answers, { right: [3, 4] })}\n${table(summary)}`;
}

function rowsOf({ server, question, records, failure, seconds }: Answer): string[][] {
  const row = (ttl: string, value: string) => [
    formatServer(server),
    question.name,
    question.record,
    milliseconds(seconds),
    ttl,
    value,
  ];
  if (failure !== undefined) return [row('-', failure.words)];
  return records.map(({ value, ttl }) => row(ttl === undefined ? '-' : `${ttl} s`, value));
}

/** The full names that were tried, with what became of each, as the first server has it that answers. */
function searched(found: readonly Found[]): string {
  const answering = found.find(({ results }) => results.every(({ failure }) => failure?.code !== 'timeout')) ?? found[0];
  return (answering?.all ?? []).map(({ question, failure }) => `${question.name}: ${failure?.code ?? 'found'}`).join(', ');
}

function plain(found: readonly Found[], application: Application, names: readonly string[]): Record<string, unknown> {
  const { addresses, failure, seconds, hosts } = application;
  return {
    answers: found.flatMap(({ results }) =>
      results.map((answer) => ({
        server: formatServer(answer.server),
        name: answer.question.name,
        type: answer.question.record,
        seconds: answer.seconds,
        records: answer.records.map(({ value, ttl }) => ({ value, ...(ttl !== undefined && { ttl }) })),
        ...(answer.failure && { error: answer.failure.code, detail: answer.failure.words }),
      })),
    ),
    names,
    hosts,
    getaddrinfo: { addresses, seconds, ...(failure !== undefined && { error: failure }) },
  };
}
