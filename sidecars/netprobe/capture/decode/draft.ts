import type { Packet } from './packet.ts';

/**
 * A packet that is being taken apart. Each header that is understood moves `payloadStart` behind itself, and `payloadEnd` to where it says
 * that its content ends, but never beyond what was captured. What is taken apart next always begins at `payloadStart`.
 */
export type Draft = { -readonly [field in keyof Packet]: Packet[field] };

/** How much of a draft was captured and is not taken apart yet, in bytes. */
export function bytesLeft({ payloadStart, payloadEnd }: Draft): number {
  return payloadEnd - payloadStart;
}

/** Ends the payload there, unless it ends before. */
export function endPayload(draft: Draft, end: number): void {
  if (end < draft.payloadEnd) draft.payloadEnd = Math.max(end, draft.payloadStart);
}
