/** Types of records that can be asked for. */
export const recordTypes = ['A', 'AAAA', 'CAA', 'CNAME', 'MX', 'NAPTR', 'NS', 'PTR', 'SOA', 'SRV', 'TXT'] as const;

export type RecordType = (typeof recordTypes)[number];

/** Whether a word, in capitals, is one of them. */
export function isRecordType(word: string): word is RecordType {
  return (recordTypes as readonly string[]).includes(word);
}
