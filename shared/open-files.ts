import { readdirSync, readFileSync } from 'node:fs';

/** The limit of open files of this process, which Node has raised to the hard one (getrlimit(2), RLIMIT_NOFILE); Infinity where it has none. */
export function openFilesLimit(): number {
  const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  return limit === undefined ? Number.POSITIVE_INFINITY : Number(limit);
}

/** How many files and sockets this process has open. */
export function openFiles(): number {
  return readdirSync('/proc/self/fd').length;
}
