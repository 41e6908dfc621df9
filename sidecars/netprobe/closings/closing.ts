import type { SocketRecord } from '../sockets/record.ts';

/** What is kept of a connection that ended, as numbers in an array that goes from thread to thread. */
const fields = [
  'family',
  'localPort',
  'remotePort',
  'cookieLow',
  'cookieHigh',
  'cgroup',
  'receiveQueue',
  'sent',
  'received',
  'retransmitted',
  'retransmits',
  'acknowledged',
  'segmentsIn',
  'rtt',
] as const satisfies readonly (keyof SocketRecord)[];

/** How many numbers a closing takes: its fields, and the words of the other side's address. */
export const closingSize = fields.length + 4;

/** Writes one to its place in an array. */
export function writeClosing(record: SocketRecord, into: Float64Array, at: number): void {
  let index = at;
  for (const field of fields) into[index++] = record[field];
  for (let word = 0; word < 4; word += 1) into[index++] = record.remote[word] ?? 0;
}

/** Reads one back. What is not kept of it stays as it was in the record. */
export function readClosing(from: Float64Array, at: number, record: SocketRecord): void {
  let index = at;
  for (const field of fields) (record as Record<(typeof fields)[number], number>)[field] = from[index++] ?? 0;
  for (let word = 0; word < 4; word += 1) record.remote[word] = from[index++] ?? 0;
  record.hasInfo = true;
}
