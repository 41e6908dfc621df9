import { ADDRCONFIG, promises } from 'node:dns';
import { codeOf, messageOf } from '#shared/exit.ts';
import { addressSet, type IpAddress } from './addresses.ts';

/** Which addresses of a name count: the option `family` of a route. */
export type Family = 'any' | '4' | '6';

/**
 * The addresses of a host name, by the C library: /etc/hosts, the search list and whatever else nsswitch.conf says are honoured.
 * It cannot be aborted, and takes one of the few threads for system calls as long as the name servers are silent.
 * Where any family will do, those are left out that this machine has no address of; a family that is asked for is not second-guessed.
 * @throws Error that says what the name servers said, or that there are no addresses.
 * @see getaddrinfo(3)
 */
export async function lookupHost(name: string, family: Family): Promise<readonly IpAddress[]> {
  const options = family === 'any' ? { family: 0, hints: ADDRCONFIG } : { family: Number(family), hints: 0 };
  const found = await promises.lookup(name, { ...options, all: true, order: 'verbatim' }).catch((error: unknown) => {
    throw new Error(explain(error), { cause: error });
  });
  const addresses = addressSet(found.map(({ address }) => address));
  if (addresses.length === 0) throw new Error('it has no addresses');
  return addresses;
}

/** What an error of the C library, or of a DNS query, means. */
export function explain(error: unknown): string {
  switch (codeOf(error)) {
    case 'ENOTFOUND':
      return 'no such name (ENOTFOUND)';
    case 'ENODATA':
      return 'the name has no such record (ENODATA)';
    case 'EAI_AGAIN':
      return 'the name servers fail or do not answer (EAI_AGAIN)';
    case 'ESERVFAIL':
      return 'the name server failed (ESERVFAIL)';
    case 'ETIMEOUT':
    case 'ECONNREFUSED':
      return `no name server answers (${codeOf(error)})`;
    default:
      return messageOf(error);
  }
}
