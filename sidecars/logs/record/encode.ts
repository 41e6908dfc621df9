import type { Encode } from './encoded.ts';
import { encodePlainly } from './twin.ts';
import { arenaOf } from './wasm/arena.ts';

/** Encodes in WebAssembly where input, output and envelope lie or fit in one memory of it, else in plain TypeScript. */
export const encodeLines: Encode = (lines, room, envelope, joiner, result) => {
  const arena = arenaOf(lines.chunk);
  if (arena?.takes(room.output, envelope.prefix, envelope.suffix)) arena.encode(lines, room, envelope, joiner, result);
  else encodePlainly(lines, room, envelope, joiner, result);
};
