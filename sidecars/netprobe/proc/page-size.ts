/** AT_PAGESZ of linux/auxvec.h. */
const AT_PAGESZ = 6;

/**
 * The size of a page of memory in bytes, out of /proc/self/auxv: pairs of 64-bit words, which are a kind and a value.
 * @returns undefined where it is not told
 * @see getauxval(3), proc_pid_auxv(5)
 */
export function pageSize(auxv: string): number | undefined {
  const words = new BigUint64Array(Uint8Array.from(auxv.slice(0, auxv.length & ~7), (byte) => byte.charCodeAt(0)).buffer);
  for (let i = 0; i + 1 < words.length; i += 2) if (words[i] === BigInt(AT_PAGESZ)) return Number(words[i + 1]);
  return undefined;
}
