import { lookup } from 'node:dns/promises';
import { codeOf, Exit, exitCode } from '#shared/exit.ts';
import { type FilterExpression, hostNamesOf, withAddresses } from './bpf/expression.ts';
import { FilterError, filterExit } from './bpf/filter-error.ts';
import { parseCaptureFilter } from './bpf/parse-filter.ts';

/**
 * Reads a filter, and asks for the addresses of the hosts that it names, as the application would be told them.
 * @returns undefined where there is none. @throws Exit where it is wrong, or a name has no address
 */
export async function namedFilter(words: readonly string[]): Promise<FilterExpression | undefined> {
  const expression = orExit(() => parseCaptureFilter(words.join(' ')));
  if (expression === undefined) return undefined;
  const names = hostNamesOf(expression);
  if (names.length === 0) return expression;
  const addresses = new Map(await Promise.all(names.map(async (name) => [name, await addressesOf(name)] as const)));
  return orExit(() => withAddresses(expression, addresses));
}

/** What `make` gives. @throws Exit with 64 where it throws a FilterError */
export function orExit<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw error instanceof FilterError ? filterExit(error) : error;
  }
}

async function addressesOf(name: string): Promise<readonly string[]> {
  try {
    return (await lookup(name, { all: true })).map(({ address }) => address);
  } catch (error) {
    const code = codeOf(error) ?? 'no answer';
    // that there is no such name is told with its place in the filter
    if (code === 'ENOTFOUND' || code === 'ENODATA') return [];
    throw new Exit(
      exitCode.failed,
      `in the filter, ${name} cannot be resolved now (${code}): try again, or give an address; see dns ${name}`,
      { cause: error },
    );
  }
}
