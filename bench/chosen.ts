/** Those of all names that a list has, in the order of all. @throws Error naming one that there is not. */
export function chosen<T extends string>(option: string, list: string, all: readonly T[]): T[] {
  const wanted: readonly string[] = list.split(',');
  const strange = wanted.find((name) => all.every((known) => known !== name));
  if (strange !== undefined) throw new Error(`--${option}: there is no ${strange}; there are: ${all.join(', ')}`);
  return all.filter((name) => wanted.includes(name));
}
