import type { Account, Memory } from './position.ts';

const nothing: Memory = { scannedAt: 0, positions: [] };
/** For how long the account of a destination is kept that is configured no more, in milliseconds: it may come back. */
const memoryOfUnconfigured = 7 * 24 * 3_600_000;

/** What was remembered, by whom it is about. */
export interface Shares {
  /** For each destination that is configured, by its name. */
  readonly byName: ReadonlyMap<string, Memory>;
  /** The accounts of others, which are kept for a while. */
  readonly others: readonly Account[];
}

/**
 * Tells which account belongs to which destination. They are known by their names; a single account belongs to a single destination
 * whatever its name, so that a receiver may move. A destination without an account knows nothing.
 * @param now in milliseconds since 1970.
 */
export function apportion(accounts: readonly Account[], names: readonly string[], now = Date.now()): Shares {
  const [account] = accounts;
  const [single] = names;
  if (account !== undefined && single !== undefined && accounts.length === 1 && names.length === 1)
    return { byName: new Map([[single, account]]), others: [] };
  const known = new Map(accounts.map((each) => [each.to, each]));
  return {
    byName: new Map(names.map((name) => [name, known.get(name) ?? nothing])),
    others: accounts.filter(
      ({ to, scannedAt }) => (to === undefined || !names.includes(to)) && now - scannedAt < memoryOfUnconfigured,
    ),
  };
}
