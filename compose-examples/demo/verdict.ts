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

/** How the comparison came out, and the sentence that says so. */
export interface Verdict {
  readonly ok: boolean;
  readonly line: string;
}

/**
 * Compares what was written with what arrived, once nothing is written any more. Duplicates are allowed, and told: after
 * a kill -9 the sidecar ships again what was not acknowledged by then.
 * @param kills how often the sidecar was killed.
 */
export function judge(counts: Counts, kills: number): Verdict {
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

/** So many of something: `1 rotation`, `5 rotations`. */
export function count(value: number, noun: string): string {
  return `${number(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** A whole number for a person: `12,345`. */
export function number(value: number): string {
  return value.toLocaleString('en-US');
}

function nameOf([from, to]: Range): string {
  return from === to ? `id ${from}` : `id ${from} to ${to}`;
}
