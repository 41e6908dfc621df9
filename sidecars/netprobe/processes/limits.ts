/** How many files a process may have open, by its /proc/PID/limits (RLIMIT_NOFILE, the soft one); Infinity where it has no limit. */
export function parseOpenFilesLimit(text: string): number {
  const limit = /^Max open files\s+(\d+)/m.exec(text)?.[1];
  return limit === undefined ? Number.POSITIVE_INFINITY : Number(limit);
}
