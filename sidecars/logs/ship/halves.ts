import type { Format, Parts } from '../record/format.ts';
import { lines } from '../record/parts.ts';
import type { Delivery } from '../sinks/sink.ts';

/** How the bodies of a format are taken apart. */
export function partsOf({ parts = lines(1) }: Format): Parts {
  return parts;
}

/**
 * Both halves of a batch with more than one record, in their order. Each has an id of its own, the same whenever the same batch is halved,
 * so that a receiver can tell a repetition of a half too.
 */
export function halvesOf({ id, body }: Delivery, { split, join }: Parts): readonly [Delivery, Delivery] {
  const records = split(body);
  const middle = records.length >> 1;
  const half = (name: string, from: number, to: number): Delivery => ({
    id: `${id}.${name}`,
    body: join(records.slice(from, to)),
    records: to - from,
  });
  return [half('1', 0, middle), half('2', middle, records.length)];
}
