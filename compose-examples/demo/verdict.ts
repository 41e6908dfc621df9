import { isDeepStrictEqual } from 'node:util';
import { bytes, count, number } from './amounts.ts';
import type { Restored } from './restore.ts';
import type { Range } from './tally.ts';

/** What was written and what arrived, as the viewer counts it. */
export interface Counts {
  /** Lines that the application wrote; they have the numbers from 1 to this one. */
  readonly written: number;
  /** How often the application rotated its file. */
  readonly rotations: number;
  /** Different lines that arrived. */
  readonly shipped: number;
  /** Arrivals of lines that had arrived before. */
  readonly duplicates: number;
  /** Records that are no line of the application: without a number, or with one that was never written. */
  readonly strangers: number;
  /** The first of the stretches of numbers that were written and have not arrived. */
  readonly missing: readonly Range[];
}

/** What became of the visitors' requests. */
export interface Visits {
  readonly answered: number;
  /** Those that got no answer, or an error of the server. */
  readonly failed: number;
  /** How many instances of the stock were killed meanwhile. */
  readonly kills: number;
}

/** Bytes of the stock service, as two see them from outside: the ambassador, and the network probe. */
export interface Traffic {
  readonly carried: number;
  /** Null where the probe's source does not tell bytes. */
  readonly seen: number | null;
  /** Connections that the ambassador made to the stock, and that the probe saw being made. */
  readonly made: number;
  readonly opened: number;
  readonly retransmitted: number | null;
  /** Connections whose end the probe did not hear of in time: what they carried last is missing. */
  readonly lost: number;
  /** Whether the probe was there all the time: one that was killed counts anew. */
  readonly whole: boolean;
}

/** How a comparison came out, and the sentence that says so. */
export interface Verdict {
  readonly ok: boolean;
  readonly line: string;
}

/** The same of something that may not have been there: then it is undefined. */
export type Partly = Omit<Verdict, 'ok'> & { readonly ok: boolean | undefined };

/**
 * Compares what was written with what arrived, once nothing is written any more. Duplicates are allowed, and told: after
 * a kill -9 the sidecar ships again what was not acknowledged by then.
 * @param kills how often the sidecar was killed.
 */
export function judgeLines(counts: Counts, kills: number): Verdict {
  const { written, shipped, duplicates, rotations, strangers, missing } = counts;
  const lost = written - shipped;
  const ok = written > 0 && lost === 0 && missing.length === 0 && strangers === 0;
  const which = missing.length > 0 ? `: ${missing.map(nameOf).join(', ')}` : '';
  const details = [
    `${number(lost)} lost${which}`,
    count(duplicates, 'duplicate'),
    ...(strangers > 0 ? [`${count(strangers, 'line')} that nobody wrote`] : []),
    count(rotations, 'rotation'),
    `${number(kills)} kill -9`,
  ];
  return { ok, line: `written ${number(written)} ${ok ? '=' : '≠'} shipped ${number(shipped)} (${details.join(', ')})` };
}

/** No request may have failed, whoever was killed. */
export function judgeVisits({ answered, failed, kills }: Visits): Verdict {
  const line = `${count(answered, 'request')} answered, ${number(failed)} failed (${number(kills)} kill -9 of stock)`;
  return { ok: answered > 0 && failed === 0, line };
}

/** What was restored has to be what the shop left behind, order by order. @param backups how many good ones were made before. */
export function judgeRestore({ orders, restored }: Restored, backups: number): Verdict {
  const ok = orders.length > 0 && isDeepStrictEqual(orders, restored);
  const same = ok ? '=' : '≠';
  return {
    ok,
    line: `${count(orders.length, 'order')} ${same} ${number(restored.length)} restored (${count(backups + 1, 'backup')})`,
  };
}

/**
 * The network probe has to have seen what the ambassador carried. More is plausible: its checks speak, too. Where it is not attached,
 * where its source does not tell bytes, or where it did not hear of everything, that is said.
 */
export function judgeTraffic(traffic: Traffic | undefined): Partly {
  if (traffic === undefined) return { ok: undefined, line: 'not attached: this system has nothing that it could read' };
  const { carried, seen, made, opened, retransmitted, lost, whole } = traffic;
  if (!whole) return { ok: true, line: `it was killed, and has seen ${bytes(seen ?? 0)} of the stock since` };
  if (seen === null)
    return { ok: made > 0 && opened > 0, line: `${count(opened, 'connection')} to the stock seen; /proc tells no bytes` };
  const [sign, missed] = seen >= carried ? ['≥', ''] : ['<', lost > 0 ? `, ${count(lost, 'end')} not heard of` : ''];
  return {
    ok: carried > 0 && (seen >= carried || lost > 0),
    line: `${bytes(seen)} of the stock seen ${sign} ${bytes(carried)} carried (${bytes(retransmitted ?? 0)} retransmitted${missed})`,
  };
}

/** All of them in one: a line for each, and one that sums up those that were there. */
export function together(verdicts: Readonly<Record<string, Partly>>): Verdict {
  const all = Object.entries(verdicts);
  const failed = all.filter(([, { ok }]) => ok === false).map(([name]) => name);
  const there = all.filter(([, { ok }]) => ok !== undefined).length;
  const lines = all.map(([name, { line }]) => `${name.padEnd(12)}${line}`);
  const sum = failed.length === 0 ? `all ${there} did what they are for` : `${failed.join(' and ')} did not do what is promised`;
  return { ok: failed.length === 0, line: [...lines, `${'verdict'.padEnd(12)}${sum}`].join('\n') };
}

function nameOf([from, to]: Range): string {
  return from === to ? `id ${from}` : `id ${from} to ${to}`;
}
