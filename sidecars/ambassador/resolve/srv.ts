import { promises, type SrvRecord } from 'node:dns';
import { readFile } from 'node:fs/promises';
import { codeOf } from '#shared/exit.ts';
import { explain } from './lookup.ts';
import { candidates, parseResolvConf, type SearchRules } from './resolv-conf.ts';

/** One target of an SRV record: a full host name without a dot at its end, and its port. */
export interface SrvTarget {
  readonly host: string;
  readonly port: number;
}

const resolvConf = '/etc/resolv.conf';
/** Milliseconds that one name server may take, and how often each is asked. */
const patience = { timeout: 2000, tries: 2 };

/**
 * The targets of an SRV name. The search list is honoured here, because the query itself does not.
 * @throws Error that says what the name servers said, or that there are no targets.
 * @see RFC 2782
 */
export async function lookupSrv(name: string): Promise<readonly SrvTarget[]> {
  const names = candidates(name, await searchRules());
  // made anew each time, as it reads resolv.conf when it is made
  const resolver = new promises.Resolver(patience);
  let failure: unknown;
  for (const candidate of names) {
    try {
      const targets = srvTargets(await resolver.resolveSrv(candidate));
      if (targets.length === 0) throw new Error('the service is not offered there (RFC 2782: its target is ".")');
      return targets;
    } catch (error) {
      failure = worse(failure, error);
      // nobody answers: the next candidate would wait as long for nothing
      if (!answers.has(codeOf(error) ?? '')) break;
    }
  }
  throw new Error(explain(failure), { cause: failure });
}

/**
 * The targets that are to be used: those of the lowest priority number, each once, in an order of their own. Weights are left out: the balance
 * of the route decides. Those of other priorities are not used, also where none of the first can be reached.
 */
export function srvTargets(records: readonly Pick<SrvRecord, 'name' | 'port' | 'priority'>[]): SrvTarget[] {
  const offered = records.filter(({ name }) => name !== '' && name !== '.');
  const first = Math.min(...offered.map(({ priority }) => priority));
  const found = new Map<string, SrvTarget>();
  for (const { name, port, priority } of offered) {
    const host = name.replace(/\.$/, '').toLowerCase();
    if (priority === first) found.set(`${host}:${port}`, { host, port });
  }
  return [...found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, target]) => target);
}

/** Failures after which the next name of the search list is tried, as the C library does (res_search in resolver(3)). */
const answers = new Set(['ENOTFOUND', 'ENODATA', 'ESERVFAIL']);

/** Which of two failures to tell of: that a name exists without a record, or that a server failed, says more than that another is not there. */
function worse(known: unknown, next: unknown): unknown {
  return known === undefined || codeOf(known) === 'ENOTFOUND' ? next : known;
}

async function searchRules(): Promise<SearchRules> {
  try {
    return parseResolvConf(await readFile(resolvConf, 'utf8'));
  } catch (error) {
    // the C library does without the file, too
    if (codeOf(error) === 'ENOENT') return { search: [], ndots: 1 };
    throw error;
  }
}
