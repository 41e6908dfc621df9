import { codeOf } from '#shared/exit.ts';

/** What to tell of a file that cannot be read, and what to do about it. */
export function unreadable(path: string, error: unknown): string {
  const next =
    codeOf(error) === 'EACCES' ? `; run the sidecar as a user or group that may read it (now uid ${process.getuid?.()})` : '';
  return `${path} cannot be read: ${codeOf(error)}${next}`;
}
