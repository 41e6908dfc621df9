/**
 * Whether nothing can be seen but ourselves, those that we started and those that started us: no pid namespace is shared with us, or all
 * others are hidden. The first process of a container has no parent that can be seen, so those of another one are never our family.
 * @param self our own number
 */
export function isAlone(processes: readonly { readonly pid: number; readonly parent: number }[], self: number): boolean {
  const parents = new Map(processes.map(({ pid, parent }) => [pid, parent]));
  const line = (pid: number): number[] => {
    const seen: number[] = [];
    for (let at: number | undefined = pid; at !== undefined && at !== 0 && !seen.includes(at); at = parents.get(at))
      seen.push(at);
    return seen;
  };
  const ancestors = line(self);
  return processes.every(({ pid }) => ancestors.includes(pid) || line(pid).includes(self));
}
