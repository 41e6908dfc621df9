import { readFileSync } from 'node:fs';

/**
 * The processors that a list names, as the kernel writes it: `0-2,5`.
 * @see https://man7.org/linux/man-pages/man7/cpuset.7.html
 */
export function coresOf(list: string): number[] {
  return list.split(',').flatMap((part) => {
    const [first = 0, last = first] = part.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

/** The processors that this process may use. */
export function allowedCores(): number[] {
  const status = readFileSync('/proc/self/status', 'utf8');
  return coresOf(/^Cpus_allowed_list:\s+(\S+)/m.exec(status)?.[1] ?? '0');
}
