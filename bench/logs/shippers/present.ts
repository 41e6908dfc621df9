import { answers } from '../../answers.ts';
import type { Shipper } from '../shipper.ts';
import { chunks } from './chunks.ts';
import { fluentBit } from './fluent-bit.ts';
import { plain } from './plain.ts';
import { rsyslog } from './rsyslog.ts';
import { sidecar } from './sidecar.ts';

const all: readonly Shipper[] = [sidecar, plain, chunks, rsyslog, fluentBit];

/** The shippers that this machine has, the sidecar first, and the names of those that it lacks. */
export function shippers(): { readonly present: readonly Shipper[]; readonly absent: readonly string[] } {
  const present = all.filter(({ probe }) => probe === undefined || answers(...probe));
  return { present, absent: all.filter((shipper) => !present.includes(shipper)).map(({ name }) => name) };
}
