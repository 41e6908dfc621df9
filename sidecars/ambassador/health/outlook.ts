/** How a route is: what its part of the health is told. */
export interface Outlook {
  /** `starting` until a backend was reached for the first time. */
  readonly state: 'starting' | 'ok' | 'degraded';
  /** Why it is not ok; empty where it is. */
  readonly reason: string;
}

/** What is known of one backend. */
export interface Known {
  readonly key: string;
  /** Whether its checks let it be used. */
  readonly isWell: boolean;
  /** What its checks say against it. */
  readonly checkFailure: string;
  /** Why the last connection to it failed, where none to any backend has succeeded since. */
  readonly lastFailure: string | undefined;
}

/**
 * How a route is, by its backends. What is known of connections counts more than what checks say: a backend that is well, and that no client
 * can be connected to, serves nobody.
 * @param wasReached whether any backend ever was.
 * @param problem why there may be fewer backends than there should be, such as a name that cannot be resolved.
 */
export function outlookOf(backends: readonly Known[], wasReached: boolean, problem: string | undefined): Outlook {
  const reason = trouble(backends, problem);
  if (!wasReached) return { state: 'starting', reason: reason ?? 'no backend was reached yet' };
  return reason === undefined ? { state: 'ok', reason: '' } : { state: 'degraded', reason };
}

function trouble(backends: readonly Known[], problem: string | undefined): string | undefined {
  const [first] = backends;
  if (first === undefined) return problem === undefined ? 'it has no backends yet' : `it has no backends: ${problem}`;
  const well = backends.filter(({ isWell }) => isWell);
  if (well.length === 0) {
    const { key, checkFailure } = backends.find((backend) => backend.checkFailure !== '') ?? first;
    if (checkFailure === '') return 'no backend has been checked yet';
    return `${all(backends)} down: ${key}: ${checkFailure}`;
  }
  const [failing] = well;
  if (failing === undefined || !well.every(({ lastFailure }) => lastFailure !== undefined)) return undefined;
  return `no client can be connected of late: ${failing.key}: ${failing.lastFailure}`;
}

function all(backends: readonly Known[]): string {
  return backends.length === 1 ? 'its backend is' : `all ${backends.length} backends are`;
}
