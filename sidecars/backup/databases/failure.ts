import { Exit, exitCode } from '#shared/exit.ts';

/** What went wrong with a database, as far as somebody acts on it. */
export type DatabaseFailure =
  /** Password, role or right are missing or wrong. */
  | 'denied'
  /** No server answers, or it went away. */
  | 'unreachable'
  /** There is no such database. */
  | 'missing'
  /** It is not empty, and nothing said that this is meant. */
  | 'occupied'
  /** No client program fits the server. */
  | 'tool'
  | 'other';

/** A database that does not do what it was asked. The message names it, and says what to do next. */
export class DatabaseError extends Exit {
  readonly failure: DatabaseFailure;

  constructor(failure: DatabaseFailure, message: string, options?: ErrorOptions) {
    super(failure === 'denied' ? exitCode.permission : exitCode.failed, message, options);
    this.failure = failure;
  }
}
