/**
 * How much later than its time of the schedule something is done, from 0 to below `most` milliseconds.
 * It is the same whenever it is asked for the same time and key, so that a restart does not shift a run, and differs between keys,
 * so that many sidecars with one schedule do not fall upon one store at the same moment.
 * @param key what tells this sidecar from its siblings: its host and the name of its backups.
 */
export function jitter(most: number, slot: number, key: string): number {
  return Math.floor(fraction(`${slot} ${key}`) * most);
}

/** A number from 0 to below 1 of a text: FNV-1a, whose bits are then mixed as murmur3 does it in the end, as near texts have near sums. */
function fraction(text: string): number {
  let sum = 0x811c9dc5;
  for (const byte of Buffer.from(text)) sum = Math.imul(sum ^ byte, 0x01000193);
  sum = Math.imul(sum ^ (sum >>> 16), 0x85ebca6b);
  sum = Math.imul(sum ^ (sum >>> 13), 0xc2b2ae35);
  return ((sum ^ (sum >>> 16)) >>> 0) / 2 ** 32;
}
