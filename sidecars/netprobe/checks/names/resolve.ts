import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Answer, NameServer } from './ask.ts';
import { readHostsEntries } from './hosts-file.ts';
import { candidates, readResolvConf } from './resolv-conf.ts';
import { type Deadline, searchRecords } from './search.ts';

/** The name servers of resolv.conf. */
export function serversOf(addresses: readonly string[]): NameServer[] {
  return addresses.map((address) => ({ address }));
}

/**
 * The addresses of a host, in the order in which they should be tried: /etc/hosts, or else the name servers and the search list of
 * resolv.conf, as getaddrinfo(3) does. That one is not used, because it cannot be aborted and holds one of few threads while servers are silent.
 * @throws Error in words where there are none; the signal's reason.
 */
export async function resolveHost(host: string, deadline: Deadline, signal: AbortSignal): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  const listed = await readHostsEntries(host);
  if (listed.length > 0) return inOrder(listed);
  // RFC 6761, section 6.3: never asked of a name server
  if (/(^|\.)localhost\.?$/i.test(host)) return inOrder(['127.0.0.1', '::1']);
  const conf = await readResolvConf();
  const found = await searchRecords(serversOf(conf.servers), candidates(host, conf), ['A', 'AAAA'], deadline, signal);
  const addresses = found.results.flatMap(({ records }) => records.map(({ value }) => value));
  if (addresses.length === 0) throw new Error(`${host}: ${wordsOf(found.results)}`);
  return inOrder(addresses);
}

/** Why there is no address, in the words of the answer that says most. */
function wordsOf(results: readonly Answer[]): string {
  const failures = results.flatMap(({ failure }) => failure ?? []);
  const telling = failures.find(({ code }) => code !== 'NODATA');
  if (telling === undefined) return 'the name has no address';
  return telling.code === 'timeout' || telling.code === 'refused' ? `no name server answers (${telling.code})` : telling.words;
}

/** IPv6 first where this namespace has such an address beyond its links, else IPv4; otherwise as they came. */
function inOrder(addresses: readonly string[]): string[] {
  const has6 = Object.values(networkInterfaces()).some((all) =>
    all?.some(({ family, internal, address }) => family === 'IPv6' && !internal && !/^fe[89ab]/i.test(address)),
  );
  const rank = (address: string) => Number((isIP(address) === 6) !== has6);
  return addresses.toSorted((a, b) => rank(a) - rank(b));
}
