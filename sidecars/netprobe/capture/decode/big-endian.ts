/** Two bytes as a number, the higher one first. Who reads looks before whether they are there. */
export function shortAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

/** Three bytes as a number. */
export function threeAt(bytes: Uint8Array, at: number): number {
  return (shortAt(bytes, at) << 8) | (bytes[at + 2] ?? 0);
}

/** Four bytes as a number that is not negative. */
export function longAt(bytes: Uint8Array, at: number): number {
  return ((shortAt(bytes, at) << 16) | shortAt(bytes, at + 2)) >>> 0;
}
