import type { Sample } from './samples.ts';
import { digits, mebibytes, times } from './table.ts';

/** The head of a table of samples. */
export const sampleHead = ['', 's', 'MB/s', 'CPU s', 'anonymous MiB', 'RSS MiB', 'stored MB', 'time ×'];

/**
 * A sample as a row of it.
 * @param bytes of what was saved.
 * @param beside what its time is a multiple of.
 */
export function sampleRow(title: string, sample: Sample, bytes: number, beside: Sample | undefined): string[] {
  const { seconds, cpu, anonymous, resident, stored } = sample;
  return [
    `  ${title}`,
    digits(seconds, 2),
    digits(bytes / 1e6 / seconds, 0),
    digits(cpu, 2),
    mebibytes(anonymous),
    mebibytes(resident),
    Number.isNaN(stored) ? '-' : megabytes(stored),
    beside === undefined ? '-' : times(seconds, beside.seconds),
  ];
}

/** Bytes as MB with one digit. */
export function megabytes(bytes: number): string {
  return digits(bytes / 1e6, 1);
}
