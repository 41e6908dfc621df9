import type { LineTimes } from './line-times.ts';
import type { RelativeSequences } from './relative-sequences.ts';

/** How much of a packet a line tells. */
export interface LineOptions {
  /** Also what is in the headers of IP, and all records of DNS. */
  readonly verbose?: boolean;
  /** Less: nothing of what is above TCP and UDP. */
  readonly quiet?: boolean;
  /** Also the addresses of the link. */
  readonly linkHeader?: boolean;
  /** Also what the link carries, as text, */
  readonly ascii?: boolean;
  /** or in hexadecimal and ASCII, which goes before text. */
  readonly hex?: boolean;
  /** Tells when; without it by the clock. */
  readonly times?: LineTimes;
  /** Makes the numbers of TCP relative; without it they are what they are. */
  readonly sequences?: RelativeSequences;
}
