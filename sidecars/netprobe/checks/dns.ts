import { type Answer, formatServer, type NameServer } from './names/ask.ts';
import { candidates, readResolvConf } from './names/resolv-conf.ts';
import { serversOf } from './names/resolve.ts';
import { type Deadline, searchRecords } from './names/search.ts';
import { CheckFailure, type Course, type Verdict } from './outcome.ts';
import type { CheckTarget } from './target.ts';

/** Only so many records are told of. */
const mostTold = 8;

/**
 * Asks for a name: the name servers of resolv.conf with its search list, or the given one for the name as it is. The hosts file is not looked at.
 * @param server undefined for those of resolv.conf.
 * @returns what was found, or what the servers said instead.
 * @throws CheckFailure where no server answers, or the signal's reason.
 */
export async function askDns(
  { name, record }: Pick<Extract<CheckTarget, { type: 'dns' }>, 'name' | 'record'>,
  server: NameServer | undefined,
  course: Pick<Course, 'servers'>,
  deadline: Deadline,
  signal: AbortSignal,
): Promise<Verdict> {
  const conf = await readResolvConf();
  const servers = server === undefined ? serversOf(conf.servers) : [server];
  const names = server === undefined ? candidates(name, conf) : [name.replace(/\.$/, '')];
  const { results, all } = await searchRecords(servers, names, [record], deadline, signal);
  for (const answer of all)
    if (hasAnswered(answer)) course.servers.push({ server: formatServer(answer.server), seconds: answer.seconds });
  const [result] = results;
  if (result === undefined) throw new CheckFailure('there is nothing to ask');
  const before = silentOnes(all, result);
  if (result.failure !== undefined) {
    const detail = `${words(result, server !== undefined || servers.length > 1)}${before}`;
    if (!hasAnswered(result)) throw new CheckFailure(detail);
    return { ok: false, detail };
  }
  const found = result.records.map(({ value }) => value);
  const told = found.slice(0, mostTold).join(', ') + (found.length > mostTold ? `, and ${found.length - mostTold} more` : '');
  const full = result.question.name === name.replace(/\.$/, '') ? '' : ` as ${result.question.name}`;
  return { ok: true, detail: `${told}${full}${before}` };
}

function words({ failure, server, question }: Answer, withServer: boolean): string {
  const said = failure?.code === 'NODATA' ? `the name has no ${question.record} record` : (failure?.words ?? '');
  return withServer || failure?.code === 'timeout' || failure?.code === 'refused' ? `${said} (${formatServer(server)})` : said;
}

/** Servers that were asked first, in vain: an application waits for them, too. */
function silentOnes(all: readonly Answer[], result: Answer): string {
  const failed = all.filter((answer) => answer !== result && answer.server !== result.server && !final(answer));
  const named = new Map(failed.map(({ server, failure }) => [formatServer(server), failure?.code]));
  return named.size === 0 ? '' : `; before that ${[...named].map(([server, code]) => `${server}: ${code}`).join(', ')}`;
}

function hasAnswered({ failure }: Answer): boolean {
  return failure === undefined || (failure.code !== 'timeout' && failure.code !== 'refused' && failure.code !== 'other');
}

function final({ failure }: Answer): boolean {
  return failure === undefined || failure.code === 'NXDOMAIN' || failure.code === 'NODATA';
}
