/** @throws Error where what a protocol demands does not hold. */
export function demand(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`the sender sends ${what}`);
}

/** @throws Error where a value is no object with exactly these members. */
export function demandMembers(value: unknown, ...names: readonly string[]): void {
  const found = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  demand(found.sort().join() === names.toSorted().join(), `an object with ${found.join() || 'nothing'} for ${names.join()}`);
}
