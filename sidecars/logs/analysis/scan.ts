import type { Access } from './access.ts';
import { scanCommon } from './common.ts';
import { scanJson } from './json.ts';
import { type Inner, unwrap } from './wrapped.ts';

const inner: Inner = { bytes: new Uint8Array(0), from: 0, to: 0 };

/**
 * Scans `line[from, to)`, without its line end: what nginx, Apache and others write, as text or as JSON, also in what Docker and Kubernetes wrap around it.
 * @returns whether it tells a request; if not, `access` is of no use.
 */
export function scanLine(line: Uint8Array, from: number, to: number, access: Access): boolean {
  if (!unwrap(line, from, to, inner)) return false;
  access.clear();
  const { bytes, from: begin, to: end } = inner;
  const isJson = begin < end && bytes[begin] === openingBrace;
  if (!(isJson ? scanJson(bytes, begin, end, access) : scanCommon(bytes, begin, end, access))) return false;
  // numbers that are none would spoil every sum that they go into
  if (!(access.seconds <= longestAnswer)) access.seconds = Number.NaN;
  if (!(access.size <= Number.MAX_SAFE_INTEGER)) access.size = 0;
  return true;
}

/** Seconds: whoever tells of more means something else. */
const longestAnswer = 86_400;

const openingBrace = 0x7b;
