/** The exit codes of every sidecar. 64 and 77 are those of sysexits.h; 130 and 143 are 128 and the number of the signal. */
export const exitCode = {
  endedWell: 0,
  failed: 1,
  /** Settings that are wrong, or that this machine cannot serve (EX_USAGE). */
  settings: 64,
  /** A permission is missing (EX_NOPERM). */
  permission: 77,
  interrupted: { SIGINT: 130, SIGTERM: 143 },
} as const;

/** Ends a sidecar with a message for the person who runs it: what is wrong, where, and what to do next. */
export class Exit extends Error {
  override readonly name = 'Exit';
  /** The exit code of the process. */
  readonly code: number;

  constructor(code: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** An error's message, or the text of what was thrown instead of an error. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}

/** The system's code of an error, such as `ENOSPC`; undefined where it has none. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Whether the system refused something because a permission is missing. */
export function isDenied(error: unknown): boolean {
  return codeOf(error) === 'EACCES' || codeOf(error) === 'EPERM';
}
