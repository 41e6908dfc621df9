import type { Parse } from './line.ts';
import { timePrefix } from './time.ts';

/** A line is its message. A time of ISO 8601 with a zone at its start is the record's, and stays in the message. */
export const plain: Parse = (chunk, from, to) => ({ message: chunk.subarray(from, to), time: timePrefix(chunk, from, to) });
