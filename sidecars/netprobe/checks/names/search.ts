import { type Answer, ask, type NameServer } from './ask.ts';
import type { RecordType } from './record-types.ts';

/** When something has to be done, in milliseconds of performance.now(). */
export type Deadline = number;

/** Codes after which another server would say the same. */
const final: readonly (string | undefined)[] = [undefined, 'NXDOMAIN', 'NODATA'];
/** Codes after which the next name of the search list is tried, as the C library does (res_search in resolver(3)). */
const answered: readonly (string | undefined)[] = ['NXDOMAIN', 'NODATA', 'SERVFAIL'];

/**
 * Asks name servers in turn, as the C library does, until one has an answer; each may take an equal share of the time that is left.
 * @returns what each said that was asked; the last one counts.
 * @throws the signal's reason.
 */
export async function askInTurn(
  servers: readonly NameServer[],
  question: Answer['question'],
  deadline: Deadline,
  signal: AbortSignal,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const [index, server] of servers.entries()) {
    const share = (deadline - performance.now()) / (servers.length - index);
    const answer = await ask(server, question, Math.max(1, share), signal);
    answers.push(answer);
    if (final.includes(answer.failure?.code)) break;
  }
  return answers;
}

/** What was found for a name of a search list. */
export interface Found {
  /** The last answer for each type, in the order in which they were asked for. */
  readonly results: readonly Answer[];
  /** Everything that was said, in order, also of names that there are not and by servers that failed. */
  readonly all: readonly Answer[];
}

/**
 * Goes through the full names that a name may stand for until one has a record of one of the types.
 * @returns of the first that has; where none has, of the one that says most: that a name has other records, or that a server failed, rather than
 *   that there is no such name.
 * @throws the signal's reason.
 */
export async function searchRecords(
  servers: readonly NameServer[],
  names: readonly string[],
  types: readonly RecordType[],
  deadline: Deadline,
  signal: AbortSignal,
): Promise<Found> {
  const all: Answer[] = [];
  let worst: readonly Answer[] = [];
  for (const name of names) {
    const each = await Promise.all(types.map((record) => askInTurn(servers, { name, record }, deadline, signal)));
    all.push(...each.flat());
    const results = each.flatMap((answers) => answers.slice(-1));
    if (results.some(({ failure }) => failure === undefined)) return { results, all };
    if (worst.length === 0 || worst.every(({ failure }) => failure?.code === 'NXDOMAIN')) worst = results;
    // nobody answers: the next name would wait as long for nothing
    if (!results.every(({ failure }) => answered.includes(failure?.code))) break;
  }
  return { results: worst, all };
}
